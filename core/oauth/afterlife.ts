import type { Grant } from '../grant.ts';
import type { TokenRecord } from './accessToken.ts';
import { VERIFIER_SKEW_S } from './accessToken.ts';
import type { RevokedTokens } from './ports.ts';

const SKEW_MS = VERIFIER_SKEW_S * 1000;

/** Longer than any entitlement lets a token live. */
const LONGEST_TOKEN_MS = 3_600_000;

/** Longer than any snapshot is good for. */
const LONGEST_SNAPSHOT_MS = 180_000;

/** From when on no verifier takes the token, whatever its clock says: its revocation matters no more. */
export const tokenOverAt = ({ expiresAt }: Pick<TokenRecord, 'expiresAt'>): number => expiresAt + SKEW_MS;

/** From when on another token may have its entry of the status list: no snapshot that shows it revoked is left either. */
export const slotFreeAt = (token: Pick<TokenRecord, 'expiresAt'>): number => tokenOverAt(token) + LONGEST_SNAPSHOT_MS;

/**
 * Which tokens of a grant ended before their time, and from when on none of them could be used: all of one that is over,
 * those from before the last narrowing of one that lives. Undefined where there are none: for a grant that was never
 * narrowed, or never was active, and for one that lends a role.
 */
export function endedTokensOf(grant: Grant): { readonly revoked: RevokedTokens; readonly until: number } | undefined {
  const { id, roleArn, state, narrowings, narrowedAt } = grant;
  if (roleArn !== undefined) return undefined;
  if (state.status === 'active' && narrowedAt !== undefined) {
    return { revoked: { grantId: id, narrowings }, until: narrowedAt + LONGEST_TOKEN_MS + SKEW_MS };
  }
  if (!('endReason' in state) || state.expiresAt === undefined) return undefined;
  const longest = state.endedAt + LONGEST_TOKEN_MS;
  // A grant that was shortened may have ended before tokens that were issued before.
  const last = narrowings === 0 ? Math.min(state.expiresAt, longest) : longest;
  return { revoked: { grantId: id }, until: last + SKEW_MS };
}
