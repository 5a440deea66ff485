import * as z from 'zod';

const claimsSchema = z.object({ exp: z.number() });
const UNKNOWN_LIFETIME_S = 300;

/**
 * When to stop using a token, epoch milliseconds: what the issuer said (`expires_in`, seconds), else the token's own
 * `exp`. The token is read, not verified: the API does that; here it only spares a useless call.
 */
export function expiryOf(token: string, expiresIn: number | undefined, now: number): number {
  if (expiresIn !== undefined) return now + expiresIn * 1_000;
  const exp = expOf(token);
  return exp === undefined ? now + UNKNOWN_LIFETIME_S * 1_000 : exp * 1_000;
}

function expOf(token: string): number | undefined {
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
    return claimsSchema.parse(JSON.parse(payload)).exp;
  } catch {
    return undefined; // opaque
  }
}
