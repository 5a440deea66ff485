import { WritError } from '../../errors.ts';
import type { Grant } from '../../grant.ts';
import { isSpent } from '../../grant.ts';
import { leafOf } from '../../leafOf.ts';
import type { AccessTokenClaims } from '../../oauth/accessToken.ts';
import { lineageOf } from '../../oauth/accessToken.ts';
import type { OAuthClient } from '../../oauth/client.ts';
import type { Principal } from '../../principal.ts';
import { refOf } from '../../principal.ts';
import type { Deps } from '../deps.ts';
import { loadSettled } from '../loadGrant.ts';
import { settleBelow } from '../settleBelow.ts';
import type { ActiveDeps } from './activeToken.ts';
import { activeToken } from './activeToken.ts';
import { holdsOf } from './liveGrant.ts';
import { checkUseRates } from './rateLimits.ts';

export interface ConsumeDeps extends ActiveDeps, Pick<Deps, 'store' | 'ids' | 'sha256'> {}

export interface Consumption {
  readonly result: 'spent' | 'repeated';
  readonly tokenUsesLeft?: number;
  readonly grantUsesLeft?: number;
}

/**
 * Spends one use of a token, and of every grant in its lineage that counts, at once or not at all. Nothing else spends:
 * neither a gateway's look nor introspection. The last use completes its grant.
 *
 * @param claims of a token that was verified at the edge
 * @param requestId the resource server's name for what it does: repeated, it spends nothing more
 * @throws WritError `token_not_active`, `uses_exhausted`, `too_many_requests`
 */
export async function consumeUse(
  deps: ConsumeDeps,
  { client, principal }: { readonly client: OAuthClient; readonly principal: Principal },
  claims: AccessTokenClaims,
  requestId: string,
): Promise<Consumption> {
  const requestSha256 = deps.sha256(`${client.id}|${claims.jti}|${requestId}`);
  const [active] = await Promise.all([activeToken(deps, client, claims), checkUseRates(deps, client, claims)]);
  // Its last use may have been spent by this very request, whose answer was lost.
  const known = active ?? (await lastUse(deps, client, claims));
  if (!known) throw new WritError('token_not_active', 'the token is not good now, or not for this server');
  const { token, grant, lineage } = known;
  const counted = lineage.flatMap(({ id, uses }) =>
    uses.max === undefined ? [] : [{ grantId: id, maxUses: uses.max }],
  );
  const facts = { token: claims.jti, server: client.id, request: requestSha256 };
  const at = deps.clock();
  const outcome = await deps.tokens.consume({
    token,
    ...(claims.max_uses !== undefined && { maxUses: claims.max_uses }),
    counted,
    holds: holdsOf(grant),
    requestSha256,
    leaf: leafOf(deps, grant, { type: 'token.spent', role: 'event', at, by: refOf(principal), facts }),
  });
  switch (outcome.result) {
    case 'exhausted':
      throw new WritError('uses_exhausted', 'the token, or its grant, has no uses left');
    case 'moved':
    case 'revoked':
      throw new WritError('token_not_active', 'the token is not good now, or not for this server');
    case 'spent':
    case 'repeated':
      await completeSpent(deps, lineage);
      return { result: outcome.result, ...(await left(deps, claims)) };
  }
}

/** A token whose uses are all spent is good for nothing but learning again what became of one of them. */
async function lastUse(deps: ActiveDeps, client: OAuthClient, claims: AccessTokenClaims) {
  if (!client.serves.includes(claims.aud)) return undefined;
  const { token, grants } = await deps.tokens.tokenState(claims.jti, lineageOf(claims));
  const grant = grants.find(({ id }) => id === claims.grant_id);
  if (!token || !grant || token.revokedAt !== undefined) return undefined;
  const allSpent = (claims.max_uses !== undefined && token.uses >= claims.max_uses) || grants.some(isSpent);
  return allSpent ? { token, grant, lineage: grants } : undefined;
}

/** Completes those whose last use it was, and what was lent on from them: to a grant with no uses left, a look is enough. */
async function completeSpent(deps: ConsumeDeps, lineage: readonly Grant[]): Promise<void> {
  await Promise.all(
    lineage.map(async (grant) => {
      if (grant.uses.max === undefined) return;
      const after = await loadSettled(deps, grant.id);
      if (after) await settleBelow(deps, grant, after);
    }),
  );
}

async function left(deps: ConsumeDeps, claims: AccessTokenClaims): Promise<Omit<Consumption, 'result'>> {
  const { token, grants } = await deps.tokens.tokenState(claims.jti, lineageOf(claims));
  const grantsLeft = grants.flatMap(({ uses }) => (uses.max === undefined ? [] : [Math.max(0, uses.max - uses.spent)]));
  return {
    ...(claims.max_uses !== undefined && token && { tokenUsesLeft: Math.max(0, claims.max_uses - token.uses) }),
    ...(grantsLeft.length > 0 && { grantUsesLeft: Math.min(...grantsLeft) }),
  };
}
