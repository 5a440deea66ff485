import type { TokenKind } from '../../entitlement.ts';
import type { AccessTokenClaims } from '../../oauth/accessToken.ts';
import { lineageOf } from '../../oauth/accessToken.ts';
import type { Actor } from '../../oauth/actorChain.ts';
import { actorsOf, extendChain } from '../../oauth/actorChain.ts';
import type { Bound } from '../../oauth/authority.ts';
import { clientOf } from '../../oauth/client.ts';
import { OAuthError } from '../../oauth/oauthError.ts';
import type { Principal, PrincipalId } from '../../principal.ts';
import { refOf } from '../../principal.ts';
import { decideToken } from './carriers.ts';
import type { ExchangeAsk, FromIssuer } from './exchangeChecks.ts';
import {
  checkActorToken,
  checkBinding,
  checkCarriable,
  checkMayAct,
  checkOtherPerson,
  checkPlace,
  checkPresenter,
} from './exchangeChecks.ts';
import type { LiveGrant } from './liveGrant.ts';
import { isLineageLive, liveGrant, unknownGrant } from './liveGrant.ts';
import { mintToken } from './mintToken.ts';
import { checkRates } from './rateLimits.ts';
import type { RefreshMint } from './refreshFamily.ts';
import { beginFamily } from './refreshFamily.ts';
import { standingOf, strengthOf } from './standing.ts';
import type { IssuedToken, TokenDeps } from './tokenDeps.ts';

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
  const { act, carrier, bounds } = await actingFor(deps, ask, entitlement, grant, standing);
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
async function actingFor(
  deps: TokenDeps,
  { actor, clientPrincipal }: ExchangeAsk,
  entitlement: TokenKind,
  grant: LiveGrant,
  { sub, act }: { readonly sub: PrincipalId; readonly act?: Actor },
): Promise<{ act: Actor | undefined; carrier: Principal | undefined; bounds: readonly Bound[] }> {
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
  await checkOtherPerson(deps, grant, principal);
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
  if (carrier) await checkOtherPerson(deps, grant, carrier);
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
    bind: [
      ...(claims.source === undefined ? [] : ['address' as const]),
      ...(claims.region === undefined ? [] : ['region' as const]),
    ],
    origin: token,
    by: refOf(clientPrincipal),
  });
}
