import type { Grant } from '../grant.ts';
import type { TokenRecord } from './accessToken.ts';
import { VERIFIER_SKEW_S } from './accessToken.ts';

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
 * From when on no token of an ended grant could be used; undefined for a grant that is not over, never was active, or
 * lends a role. A grant that was narrowed may have ended before tokens that were issued before.
 */
export function tokensOverAt({ roleArn, state, narrowings }: Grant): number | undefined {
  if (roleArn !== undefined || !('endReason' in state) || state.expiresAt === undefined) return undefined;
  const longest = state.endedAt + LONGEST_TOKEN_MS;
  return (narrowings === 0 ? Math.min(state.expiresAt, longest) : longest) + SKEW_MS;
}
