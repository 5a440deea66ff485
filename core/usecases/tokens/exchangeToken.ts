import type { TokenKind } from '../../entitlement.ts';
import type { Grant } from '../../grant.ts';
import { isSpent } from '../../grant.ts';
import type { AccessTokenClaims, TokenRecord } from '../../oauth/accessToken.ts';
import { lineageOf, MAX_ORIGINS } from '../../oauth/accessToken.ts';
import type { Actor } from '../../oauth/actorChain.ts';
import { actorsOf, extendChain } from '../../oauth/actorChain.ts';
import type { Bound } from '../../oauth/authority.ts';
import { activeClient, clientOf } from '../../oauth/client.ts';
import { OAuthError } from '../../oauth/oauthError.ts';
import type { PresentedToken } from '../../oauth/subjectToken.ts';
import type { Principal, PrincipalId } from '../../principal.ts';
import { refOf } from '../../principal.ts';
import { decideToken } from './carriers.ts';
import type { LiveGrant } from './liveGrant.ts';
import { isLineageLive, liveGrant, unknownGrant } from './liveGrant.ts';
import { mintToken } from './mintToken.ts';
import { checkRates } from './rateLimits.ts';
import type { RefreshMint } from './refreshFamily.ts';
import { beginFamily } from './refreshFamily.ts';
import { standingOf, strengthOf } from './standing.ts';
import type { IssuedToken, TokenAsk, TokenDeps } from './tokenDeps.ts';

type FromIssuer = Extract<PresentedToken, { from: 'issuer' }>;

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
 * Exchanges a subject token for a delegation token under a live grant. Which rules hold depends on where the subject
 * token comes from, never on which parameters came along:
 *
 * - of a trusted issuer: the holder's own sign-in;
 * - of Writ: a delegation token that its audience's server, or its own client, carries further.
 *
 * The token always names an actor (`act`), so nobody can take it for the subject's own.
 *
 * @throws OAuthError as `mintToken`, and `access_denied`, `slow_down`
 */
export async function exchangeToken(
  deps: TokenDeps & { readonly refresh: RefreshMint },
  ask: ExchangeAsk,
): Promise<IssuedToken> {
  const { subject } = ask;
  checkActorToken(ask);
  return subject.from === 'writ' ? carryFurther(deps, ask, subject.claims) : lendToHolder(deps, ask, subject);
}

async function lendToHolder(
  deps: TokenDeps & { readonly refresh: RefreshMint },
  ask: ExchangeAsk,
  subject: FromIssuer,
): Promise<IssuedToken> {
  const { clientPrincipal } = ask;
  const { principal } = subject;
  checkPresenter(ask, subject, 'subject');
  const [stored] = await Promise.all([deps.store.get(ask.grantId), checkRates(deps, ask, principal.id)]);
  if (stored?.request.requester.id !== principal.id) throw unknownGrant();
  const { grant, entitlement } = liveGrant(deps, stored);
  const standing = standingOf(
    grant,
    (principal.actors ?? []).map(({ id }) => id),
  );
  const { act, carrier, bounds } = actingFor(deps, ask, entitlement, grant, standing);
  checkMayAct(subject, carrier?.id ?? clientPrincipal.id);
  const lentOn = grant.lineage !== undefined;
  const carriers = [...(lentOn ? [principal] : []), clientPrincipal, ...(carrier ? [carrier] : [])];
  await decideToken(deps, grant, entitlement, { ...(!lentOn && { holder: principal }), carriers }, ask.sourceIp);
  const acting = { sub: standing.sub, ...(act && { act }) };
  return mintToken(deps, {
    ask,
    grant,
    entitlement,
    ...acting,
    bounds,
    notAfter: Math.min(subject.expiresAt, carrier ? (ask.actor?.expiresAt ?? 0) : Number.POSITIVE_INFINITY),
    // The subject of an impersonation did not sign in: the token says nothing of how.
    strength: entitlement.kind === 'impersonation' ? {} : strengthOf(principal),
    by: refOf(principal),
    // Who acts by an actor token proves it anew each time: what outlives that token is not for them.
    ...(ask.actor ? {} : beginFamily(deps, ask, grant, entitlement, { principal, ...acting })),
  });
}

/** Who acts now: the party of the actor token, else the client. In an impersonation the holder does, by this client. */
function actingFor(
  deps: TokenDeps,
  { actor, clientPrincipal }: ExchangeAsk,
  entitlement: TokenKind,
  grant: LiveGrant,
  { sub, act }: { readonly sub: PrincipalId; readonly act?: Actor },
): { act: Actor | undefined; carrier: Principal | undefined; bounds: readonly Bound[] } {
  if (entitlement.kind === 'impersonation') {
    if (actor) {
      throw new OAuthError('invalid_request', 'in an impersonation the holder of the grant acts: send no actor_token');
    }
    return { act, carrier: undefined, bounds: [] };
  }
  if (actor?.from !== 'issuer') {
    const extended = extendChain(sub, actorsOf(act), clientPrincipal.id);
    return { act: extended, carrier: undefined, bounds: [] };
  }
  const { principal } = actor;
  checkOtherPerson(grant, principal);
  const registered = clientOf(deps.engine.bundle.clients, principal.id);
  const bounds = registered ? [{ scopes: registered.scopes }] : [];
  return { act: extendChain(sub, actorsOf(act), principal.id), carrier: principal, bounds };
}

async function carryFurther(deps: TokenDeps, ask: ExchangeAsk, claims: AccessTokenClaims): Promise<IssuedToken> {
  const { client, clientPrincipal } = ask;
  if (claims.client_id !== client.id && !client.serves.includes(claims.aud)) {
    throw new OAuthError(
      'invalid_request',
      'the subject token is neither meant for this client nor was it given to it',
    );
  }
  if (claims.kind === 'impersonation') {
    throw new OAuthError(
      'invalid_request',
      'a token of an impersonation is not carried further: exchange that of whoever acts',
    );
  }
  if (claims.grant_id !== ask.grantId) {
    throw new OAuthError('invalid_request', 'grant_id must be the grant of the subject token');
  }
  checkBinding(ask, claims);
  checkPlace(deps, ask, claims);
  const [{ token, grants }] = await Promise.all([
    deps.tokens.tokenState(claims.jti, lineageOf(claims)),
    // Neither the holder nor the subject sent it, so it costs them nothing.
    checkRates(deps, ask, undefined, claims.grant_id),
  ]);
  const stored = grants.find(({ id }) => id === claims.grant_id);
  if (
    !stored ||
    !token ||
    token.revokedAt !== undefined ||
    token.narrowings !== stored.narrowings ||
    !isLineageLive(grants, stored.id, deps.clock())
  ) {
    throw new OAuthError('invalid_request', 'the subject token is no longer good: its grant, or it, was ended');
  }
  checkCarriable(deps, claims, token, grants);
  const { grant, entitlement } = liveGrant(deps, stored);
  const carrier = ask.actor?.from === 'issuer' ? ask.actor.principal : undefined;
  if (carrier) checkOtherPerson(grant, carrier);
  const act = extendChain(claims.sub, actorsOf(claims.act), carrier?.id ?? clientPrincipal.id);
  const registered = carrier && clientOf(deps.engine.bundle.clients, carrier.id);
  const carriers = carrier ? [clientPrincipal, carrier] : [clientPrincipal];
  await decideToken(deps, grant, entitlement, { carriers }, ask.sourceIp);
  return mintToken(deps, {
    ask,
    grant,
    entitlement,
    sub: claims.sub,
    act,
    bounds: [
      { scopes: claims.scope.split(' ').filter(Boolean), details: claims.authorization_details ?? [] },
      ...(registered ? [{ scopes: registered.scopes }] : []),
    ],
    notAfter: Math.min(claims.exp * 1000, ask.actor?.expiresAt ?? Number.POSITIVE_INFINITY),
    // Neither rises by an exchange.
    strength: {
      ...(claims.acr && { acr: claims.acr }),
      ...(claims.auth_time !== undefined && { authTime: claims.auth_time }),
    },
    origin: token,
    by: refOf(clientPrincipal),
  });
}

/** Whoever holds the grant, or lent it on, acts for nobody under it: also not by another account. */
function checkOtherPerson({ request, lineage = [] }: Grant, actor: Principal): void {
  const holders = [...lineage.map(({ holder }) => holder), request.requester];
  if (holders.some(({ id, person }) => id === actor.id || person === actor.person)) {
    throw new OAuthError('invalid_request', 'the actor is the subject of the token');
  }
}

/** A token that is bound to an address gives its own client another at that address alone; servers are elsewhere. */
function checkPlace({ sha256 }: TokenDeps, { client, sourceIp }: ExchangeAsk, claims: AccessTokenClaims): void {
  if (claims.source === undefined || claims.client_id !== client.id) return;
  if (sha256(`${claims.jti}|${sourceIp}`) !== claims.source) {
    throw new OAuthError('invalid_request', 'the subject token is bound to another address');
  }
}

/** What is good for nobody any more is not carried further either; nor is what would be good more often by that. */
function checkCarriable(
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
function checkPresenter(
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

function checkActorToken(ask: ExchangeAsk): void {
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
function checkMayAct({ mayAct }: FromIssuer, actor: PrincipalId): void {
  if (mayAct && mayAct.actor !== actor) {
    throw new OAuthError('invalid_request', 'may_act of the subject token names another actor');
  }
}

/** A bound token never becomes one that is not, and changes its key only with the old key's word (peers' bug h). */
function checkBinding({ client, confirmation, subjectKey }: ExchangeAsk, { cnf, client_id }: AccessTokenClaims): void {
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
