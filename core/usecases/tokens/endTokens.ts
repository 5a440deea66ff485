import type { Grant } from '../../grant.ts';
import type { LeafType } from '../../leaf.ts';
import { leafOf } from '../../leafOf.ts';
import type { TokenRecord } from '../../oauth/accessToken.ts';
import { OAuthError } from '../../oauth/oauthError.ts';
import type { Mark } from '../../oauth/ports.ts';
import { presentedBefore } from '../../oauth/presentedBefore.ts';
import type { RefreshFamily } from '../../oauth/refresh.ts';
import type { PrincipalRef } from '../../principal.ts';
import { SYSTEM } from '../../principal.ts';
import { MAX_ATTEMPTS } from '../loadGrant.ts';
import type { TokenDeps } from './tokenDeps.ts';

type EndDeps = Pick<TokenDeps, 'store' | 'tokens' | 'clock' | 'ids' | 'sha256'>;

/**
 * Ends a token and all that it was exchanged for, hand to hand. Idempotent, also where a try before came to half of it.
 * The token first: from then on nothing comes of it, nor of what came of it.
 */
export async function endToken(deps: EndDeps, grant: Grant, token: TokenRecord, by: PrincipalRef): Promise<void> {
  await endOne(deps, grant, token, by);
  for await (const batch of deps.tokens.tokensOf(grant.id, deps.clock())) {
    const below = batch.filter(({ origins = [] }) => origins.includes(token.jti));
    await Promise.all(below.map((one) => endOne(deps, grant, one, by)));
  }
}

async function endOne(deps: EndDeps, grant: Grant, token: TokenRecord, by: PrincipalRef): Promise<void> {
  const at = deps.clock();
  const facts = { token: token.jti, client: token.clientId };
  await deps.tokens.revokeToken(
    token,
    at,
    leafOf(deps, grant, { type: 'token.revoked', role: 'event', at, by, facts }),
  );
}

type EndOfFamily = Extract<LeafType, 'token.reused' | 'token.revoked'>;

/**
 * Ends a refresh family and every live token that came of it (RFC 7009 §2.1). The family first: from then on no token
 * comes of it any more.
 *
 * @param why `token.reused` where an old token came back, `token.revoked` where its client gave it up
 * @param marks what was presented with the old token: whoever only copied a request ends nothing by it
 * @throws OAuthError `invalid_dpop_proof`, `invalid_client` where that had been presented before;
 * `temporarily_unavailable` where others keep moving the family: asked again, it goes on from there
 */
export async function endFamily(
  deps: EndDeps,
  family: RefreshFamily,
  why: EndOfFamily,
  by: PrincipalRef = SYSTEM,
  marks: readonly Mark[] = [],
): Promise<void> {
  const grant = await deps.store.get(family.grantId);
  if (!grant) return; // its record was cleaned long after its end: nothing of it lives
  await revokeFamily(deps, grant, family, { why, by, marks });
  // Until none is found: while one lived, it could be exchanged for another, which is of the family too.
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (!(await endTokensOf(deps, grant, family, by))) return;
  }
  throw busy();
}

async function revokeFamily(
  deps: EndDeps,
  grant: Grant,
  family: RefreshFamily,
  { why, by, marks }: { readonly why: EndOfFamily; readonly by: PrincipalRef; readonly marks: readonly Mark[] },
): Promise<void> {
  let current: RefreshFamily | undefined = family;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (!current || current.revokedAt !== undefined) return;
    const at = deps.clock();
    const revoked = { ...current, revokedAt: at };
    const facts = { family: family.id, client: family.clientId, generation: current.generation };
    const leaf = leafOf(deps, grant, { type: why, role: 'event', at, by, facts });
    const outcome = await deps.tokens.revokeFamily(current, revoked, leaf, marks);
    if (outcome === 'revoked') return;
    if (outcome !== 'conflict') throw presentedBefore(outcome);
    current = await deps.tokens.familyById(family.id);
  }
  throw busy();
}

/** Whether there were any. */
async function endTokensOf(deps: EndDeps, grant: Grant, family: RefreshFamily, by: PrincipalRef): Promise<boolean> {
  let found = false;
  for await (const batch of deps.tokens.tokensOf(grant.id, deps.clock())) {
    const own = batch.filter((token) => token.family === family.id);
    found ||= own.length > 0;
    await Promise.all(own.map((token) => endOne(deps, grant, token, by)));
  }
  return found;
}

const busy = (): OAuthError => new OAuthError('temporarily_unavailable', 'the refresh token keeps changing: try again');
