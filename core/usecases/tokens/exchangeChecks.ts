import type { Grant } from '../../grant.ts';
import { approvalsOf, isSpent } from '../../grant.ts';
import type { AccessTokenClaims, TokenRecord } from '../../oauth/accessToken.ts';
import { MAX_ORIGINS } from '../../oauth/accessToken.ts';
import { activeClient } from '../../oauth/client.ts';
import { OAuthError } from '../../oauth/oauthError.ts';
import type { PresentedToken } from '../../oauth/subjectToken.ts';
import type { Principal, PrincipalId } from '../../principal.ts';
import type { TokenAsk, TokenDeps } from './tokenDeps.ts';

/* What keeps a token from being exchanged, before policy is asked. */

/** A token of somebody's sign-in. */
export type FromIssuer = Extract<PresentedToken, { from: 'issuer' }>;

/** A token exchange (RFC 8693) whose tokens were verified at the edge. */
export interface ExchangeAsk extends TokenAsk {
  readonly grantId: string;
  readonly subject: PresentedToken;
  readonly actor?: PresentedToken;
  /**
   * Thumbprint of the key for which `subject_dpop` proved that its owner lets this request's key take over. Where another
   * client exchanges a bound token, it must be the key that the token is bound to (RFC 9449 has no word for it).
   */
  readonly subjectKey?: string;
}

/**
 * Whoever holds the grant, lent it on or agreed to it acts for nobody under it: also not by another account. A grant that
 * was lent on has no approvals of its own: people agreed to the first of its lineage.
 *
 * @throws OAuthError `invalid_request`
 */
export async function checkOtherPerson({ store }: Pick<TokenDeps, 'store'>, grant: Grant, actor: Principal) {
  const { request, lineage = [] } = grant;
  const [above] = lineage;
  const first = above ? await store.get(above.grantId) : grant;
  // Without it nobody knows who agreed.
  if (!first || approvalsOf(first).some(({ by, verdict }) => verdict === 'approve' && by.person === actor.person)) {
    throw new OAuthError('invalid_request', 'the actor agreed to the grant, so they may not use it');
  }
  const holders = [...lineage.map(({ holder }) => holder), request.requester];
  if (holders.some(({ id, person }) => id === actor.id || person === actor.person)) {
    throw new OAuthError('invalid_request', 'the actor is the subject of the token');
  }
}

/** A token that is bound to an address gives its own client another at that address alone; servers are elsewhere. */
export function checkPlace({ sha256 }: TokenDeps, { client, sourceIp }: ExchangeAsk, claims: AccessTokenClaims): void {
  if (claims.source === undefined || claims.client_id !== client.id) return;
  if (sha256(`${claims.jti}|${sourceIp}`) !== claims.source) {
    throw new OAuthError('invalid_request', 'the subject token is bound to another address');
  }
}

/** What is good for nobody any more is not carried further either; nor is what would be good more often by that. */
export function checkCarriable(
  deps: TokenDeps,
  claims: AccessTokenClaims,
  { origins = [] }: TokenRecord,
  grants: readonly Grant[],
): void {
  if (!activeClient(deps.engine.bundle.clients, claims.client_id) || grants.some(isSpent)) {
    throw new OAuthError('invalid_request', 'the subject token is no longer good: its client left, or it is used up');
  }
  if (claims.max_uses !== undefined) {
    throw new OAuthError(
      'invalid_request',
      'the uses of the subject token are counted, and another would have its own: start anew from the grant',
    );
  }
  if (origins.length >= MAX_ORIGINS) {
    throw new OAuthError('invalid_request', 'the subject token was exchanged too often: start anew from the grant');
  }
}

/** The client has the token by right: people signed in to it, or the token is its own (RFC 8693 leaves it open; peers' bug c). */
export function checkPresenter(
  { client, clientPrincipal, confirmation }: ExchangeAsk,
  { principal, client: givenTo, jkt }: FromIssuer,
  what: 'subject' | 'actor',
): void {
  const own = principal.id === clientPrincipal.id;
  if (!own && (givenTo === undefined || !client.signsInAs.includes(givenTo))) {
    throw new OAuthError('invalid_request', `the ${what} token was not given to this client`);
  }
  const proven = confirmation && 'jkt' in confirmation ? confirmation.jkt : undefined;
  if (jkt !== undefined && jkt !== proven) {
    throw new OAuthError('invalid_dpop_proof', `the ${what} token is bound to another key: prove that one`);
  }
}

export function checkActorToken(ask: ExchangeAsk): void {
  const { actor, subject } = ask;
  if (!actor) return;
  if (actor.from === 'writ') {
    throw new OAuthError('invalid_request', 'an actor token is one of a sign-in of its own, not a delegation token');
  }
  if (actor.principal.actors) {
    throw new OAuthError('invalid_request', 'somebody acts with the actor token: the actor must sign in itself');
  }
  checkPresenter(ask, actor, 'actor');
  if (subject.from === 'issuer' && subject.principal.person === actor.principal.person) {
    throw new OAuthError('invalid_request', 'the actor is the subject of the token');
  }
}

/** The one party that the subject token says may act with it (RFC 8693 §4.4). */
export function checkMayAct({ mayAct }: FromIssuer, actor: PrincipalId): void {
  if (mayAct && mayAct.actor !== actor) {
    throw new OAuthError('invalid_request', 'may_act of the subject token names another actor');
  }
}

/** A bound token never becomes one that is not, and changes its key only with the old key's word (peers' bug h). */
export function checkBinding(
  { client, confirmation, subjectKey }: ExchangeAsk,
  { cnf, client_id }: AccessTokenClaims,
): void {
  if (!cnf) return;
  if (!confirmation) {
    throw new OAuthError('invalid_dpop_proof', 'the subject token is bound to a key: the new one must be bound too');
  }
  if ('x5t#S256' in cnf) {
    const same = 'x5t#S256' in confirmation && confirmation['x5t#S256'] === cnf['x5t#S256'];
    if (!same) throw new OAuthError('invalid_request', 'the subject token is bound to another client certificate');
    return;
  }
  const proven = client_id === client.id && 'jkt' in confirmation ? confirmation.jkt : subjectKey;
  if (proven !== cnf.jkt) {
    throw new OAuthError(
      'invalid_dpop_proof',
      'the subject token is bound to another key: send subject_dpop, a proof by that key for this one',
    );
  }
}
