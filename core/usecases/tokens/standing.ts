import type { Acr } from '../../oauth/accessToken.ts';
import { ACR } from '../../oauth/accessToken.ts';
import type { Actor } from '../../oauth/actorChain.ts';
import { chainOf, MAX_CHAIN } from '../../oauth/actorChain.ts';
import { OAuthError } from '../../oauth/oauthError.ts';
import type { Grant } from '../../grant.ts';
import type { Principal, PrincipalId } from '../../principal.ts';

/** Whose authority a token carries, and who acts with it. */
export interface Standing {
  readonly sub: PrincipalId;
  readonly act?: Actor;
}

/**
 * The holder's place: who lends the authority, and who acts for them before any client or actor is added.
 *
 * - A grant of one's own: the holder is the subject.
 * - A grant that was lent on: the holder at its root is the subject; everybody to whom it was lent acts, the last first.
 * - An impersonation: whom it is for is the subject; the holder acts.
 *
 * @param actors who acts with the holder's own token, outermost first
 */
export function standingOf({ request, lineage = [] }: Grant, actors: readonly PrincipalId[]): Standing {
  const holder = request.requester.id;
  const root = lineage[0]?.holder.id ?? holder;
  const lentTo = [...lineage.slice(1).map(({ holder: { id } }) => id), ...(lineage.length > 0 ? [holder] : [])];
  const acting = [...actors, ...lentTo.reverse(), ...(request.subject === undefined ? [] : [holder])];
  const sub = request.subject ?? root;
  if (acting.length > MAX_CHAIN) {
    throw new OAuthError('invalid_request', `a chain has at most ${MAX_CHAIN} actors: start anew from a grant`);
  }
  if (acting.includes(sub) || new Set(acting).size < acting.length) {
    throw new OAuthError('invalid_request', 'somebody acts for themselves in this chain of actors');
  }
  const act = chainOf(acting);
  return { sub, ...(act && { act }) };
}

/** How strongly the principal signed in, as far as tokens say it. */
export function strengthOf({ authentication: { mfa, at } }: Principal): { acr?: Acr; authTime?: number } {
  return {
    acr: mfa ? ACR.mfa : ACR.single,
    ...(at !== undefined && { authTime: Math.floor(at / 1000) }),
  };
}
