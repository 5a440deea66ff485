import { chainOf } from '../../oauth/actorChain.ts';
import type { Confirmation } from '../../oauth/accessToken.ts';
import { OAuthError } from '../../oauth/oauthError.ts';
import type { RefreshFamily } from '../../oauth/refresh.ts';
import { REFRESH_GRACE_MS } from '../../oauth/refresh.ts';
import { refOf, SYSTEM } from '../../principal.ts';
import { decideToken } from './carriers.ts';
import { liveGrant } from './liveGrant.ts';
import type { TokenOrder } from './mintToken.ts';
import { mintToken, RefreshRaced } from './mintToken.ts';
import { checkRates } from './rateLimits.ts';
import { endFamily } from './endTokens.ts';
import type { RefreshMint } from './refreshFamily.ts';
import { placeOf } from './refreshFamily.ts';
import { strengthOf } from './standing.ts';
import type { IssuedToken, TokenAsk, TokenDeps } from './tokenDeps.ts';

type RefreshDeps = TokenDeps & { readonly refresh: RefreshMint };

/**
 * A new token, and a new refresh token, for an old refresh token (RFC 6749 §6, RFC 9700 §4.14): decided about anew, never
 * wider, and for the same client and key alone.
 *
 *     current token ────────────── rotate: it becomes the previous one, its successor is kept sealed under it
 *     previous, within 10 s ────── the same successor again: the answer was lost, or two refreshed at once
 *     any other of the family ──── somebody else had it: the family and its tokens end
 *
 * Who has the token but not the key ends nothing, and neither does a copy of a whole request: its proof was used.
 *
 * @throws OAuthError `invalid_grant`, and as `mintToken` does
 */
export async function refreshToken(deps: RefreshDeps, ask: TokenAsk, presented: string): Promise<IssuedToken> {
  const read = deps.refresh.read(presented);
  if (!read) throw notGood();
  // Counted for who has the key: anybody can send what looks like a refresh token.
  const first = await goodFamily(deps, ask, read.familyId);
  await checkRates(deps, ask, undefined, first.principal.id);
  const attempt = async (family: RefreshFamily): Promise<IssuedToken> => {
    const step = await stepOf(deps, ask, family, presented, read.sha256);
    return mintToken(deps, await orderOf(deps, ask, family, step));
  };
  try {
    return await attempt(first);
  } catch (error) {
    // Somebody refreshed with the same token at the same time and was first: their successor is ours too.
    if (error instanceof RefreshRaced) return attempt(await goodFamily(deps, ask, read.familyId));
    throw error;
  }
}

async function goodFamily(deps: RefreshDeps, ask: TokenAsk, id: string): Promise<RefreshFamily> {
  const family = await deps.tokens.familyById(id);
  if (family?.clientId !== ask.client.id || !sameKey(ask.confirmation, family.confirmation)) throw notGood();
  if (family.revokedAt !== undefined || deps.clock() >= family.expiresAt) throw notGood();
  return family;
}

interface RefreshStep {
  readonly to: RefreshFamily;
  readonly token: string;
}

async function stepOf(
  deps: RefreshDeps,
  ask: TokenAsk,
  family: RefreshFamily,
  presented: string,
  sha256: string,
): Promise<RefreshStep> {
  const now = deps.clock();
  if (sha256 === family.currentSha256) {
    const { token, sha256: currentSha256 } = deps.refresh.mint(family.id);
    const generation = family.generation + 1;
    const sealedSuccessor = deps.refresh.seal(presented, token, { id: family.id, generation });
    const previous = { sha256, sealedSuccessor, graceUntil: now + REFRESH_GRACE_MS };
    return { token, to: { ...family, generation, currentSha256, previous } };
  }
  const { previous } = family;
  if (previous?.sha256 === sha256 && now < previous.graceUntil) {
    const token = deps.refresh.open(presented, previous.sealedSuccessor, family);
    if (token !== undefined) return { token, to: family };
  }
  await endFamily(deps, family, 'token.reused', SYSTEM, ask.marks);
  throw new OAuthError('invalid_grant', 'the refresh token was used before: it and all that came of it are revoked');
}

async function orderOf(
  deps: RefreshDeps,
  ask: TokenAsk,
  family: RefreshFamily,
  { to, token }: RefreshStep,
): Promise<TokenOrder> {
  const stored = await deps.store.get(family.grantId);
  const { grant, entitlement } = liveGrant(deps, stored);
  if (entitlement.kind !== 'token' || !entitlement.terms.refresh) {
    throw new OAuthError('invalid_grant', 'the entitlement has no refresh tokens any more: exchange anew');
  }
  if (ask.wish.audience !== undefined && ask.wish.audience !== family.audience) {
    throw new OAuthError('invalid_target', `the refresh token is for ${family.audience} alone`);
  }
  const bind = placeOf(deps, family, entitlement.terms.bind, ask.sourceIp);
  const isClient = family.principal.id === ask.clientPrincipal.id;
  const holder = isClient ? ask.clientPrincipal : family.principal;
  const carriers = [...(grant.lineage ? [holder] : []), ...(isClient ? [] : [ask.clientPrincipal])];
  await decideToken(deps, grant, entitlement, { ...(!grant.lineage && { holder }), carriers }, ask.sourceIp);
  const act = chainOf(family.actors);
  return {
    ask: { ...ask, wish: { ...ask.wish, audience: family.audience } },
    grant,
    entitlement,
    sub: family.subject,
    ...(act && { act }),
    bounds: [{ scopes: family.scopes, details: family.details }],
    // Nothing rests longer on its sign-in than the family itself.
    notAfter: family.expiresAt,
    bind,
    // As it was: it never rises.
    strength: strengthOf(family.principal),
    by: refOf(holder),
    family: () => ({ change: { from: family, to }, refreshToken: token }),
  };
}

/** One text for all: who has a token that is not theirs learns nothing from it. */
const notGood = (): OAuthError =>
  new OAuthError('invalid_grant', 'the refresh token is not good for this client and key: exchange anew');

function sameKey(proven: Confirmation | undefined, bound: Confirmation): boolean {
  if (!proven) return false;
  if ('jkt' in bound) return 'jkt' in proven && proven.jkt === bound.jkt;
  return 'x5t#S256' in proven && proven['x5t#S256'] === bound['x5t#S256'];
}
