import type { PrincipalId } from '../principal.ts';
import { OAuthError } from './oauthError.ts';

/** The `act` claim (RFC 8693 §4.1): who acts now, and inside, who acted before. Identity claims and nothing else. */
export interface Actor {
  readonly sub: PrincipalId;
  readonly act?: Actor;
}

/** Links that a chain may have, the subject not counted. */
export const MAX_CHAIN = 5;

/** Actors, outermost first. Only the first one's identity authorises anything (RFC 8693 §4.1). */
export function actorsOf(act: Actor | undefined): readonly PrincipalId[] {
  const actors: PrincipalId[] = [];
  for (let link = act; link; link = link.act) actors.push(link.sub);
  return actors;
}

/** The chain of these actors, outermost first; undefined for nobody. */
export const chainOf = (actors: readonly PrincipalId[]): Actor | undefined =>
  actors.reduceRight<Actor | undefined>((act, sub) => ({ sub, ...(act && { act }) }), undefined);

/**
 * `actor` in front of the subject token's chain. The same actor twice in a row is one link: a client that exchanges
 * again is no further hand.
 *
 * @throws OAuthError `invalid_request` when the actor is the subject, stands in the chain already, or the chain would
 * be longer than five
 */
export function extendChain(subject: PrincipalId, chain: readonly PrincipalId[], actor: PrincipalId): Actor {
  if (actor === subject) throw new OAuthError('invalid_request', 'the actor is the subject of the token');
  if (chain[0] === actor) return required(chainOf(chain));
  if (chain.includes(actor) || chain.includes(subject)) {
    throw new OAuthError('invalid_request', 'the actor is in the chain of actors already');
  }
  if (chain.length >= MAX_CHAIN) {
    throw new OAuthError('invalid_request', `a chain has at most ${MAX_CHAIN} actors: start anew from a grant`);
  }
  return required(chainOf([actor, ...chain]));
}

function required(act: Actor | undefined): Actor {
  if (!act) throw new TypeError('a chain of actors can’t be empty here');
  return act;
}
