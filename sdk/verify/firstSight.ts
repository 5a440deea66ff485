import type { AccessTokenClaims } from '../../contract/accessToken.ts';
import { decodeBase64url } from '../../tokens/base64url.ts';
import { MAX_TOKEN_LENGTH, parseSegment } from '../../tokens/compactJws.ts';
import { ES256_SIGNATURE_LENGTH, verifyEs256 } from '../../tokens/es256.ts';
import { Scratch } from '../../tokens/scratch.ts';
import type { KeySet } from './keySet.ts';
import { Refusal } from './refusal.ts';
import { readClaims } from './readClaims.ts';

/** Seconds by which the authorization server's clock may differ from ours. */
const SKEW_S = 15;
/** Seconds. No grant lasts longer, so no token does. */
const MAX_LIFETIME_S = 43_200;

const INPUT = new Scratch(MAX_TOKEN_LENGTH);
const SIGNATURE = new Scratch(ES256_SIGNATURE_LENGTH);

/** A token whose signature, issuer, audience and times were verified. */
export interface Genuine {
  readonly claims: AccessTokenClaims;
  /** What it was verified with. */
  readonly keys: KeySet;
  /** Epoch milliseconds from which it is expired, the clock skew included. */
  readonly forgetAt: number;
}

export interface Expected {
  readonly issuer: string;
  readonly audience: string;
}

/**
 * Verifies a token that was not seen before: an RFC 9068 access token, ES256, strictly in compact form (RFC 7515 §7.1).
 * Claims are read only once the signature over the very same text is good.
 *
 * @returns undefined where the token's key is not among the keys
 * @throws Refusal
 * @throws TokenFault for the form and the header
 */
export function verifyText(token: string, expected: Expected, keys: KeySet, now: number): Genuine | undefined {
  if (token.length > MAX_TOKEN_LENGTH) {
    throw new Refusal('token_too_large', `the token is longer than ${MAX_TOKEN_LENGTH} characters`);
  }
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  const signature = second < 0 ? undefined : decodeBase64url(token.slice(second + 1), SIGNATURE);
  if (!signature) throw new Refusal('token_malformed', 'the token is not three base64url segments');
  const key = keys.keyFor(token.slice(0, first));
  if (signature.length !== ES256_SIGNATURE_LENGTH) {
    throw new Refusal('signature_invalid', `the signature is not ${ES256_SIGNATURE_LENGTH} bytes`);
  }
  if (!key) return undefined;
  const input = INPUT.bytes(second);
  input.write(token, 'latin1');
  if (!verifyEs256(key, input, signature)) throw unsigned();

  const claims = readClaims(parseSegment(token.slice(first + 1, second)));
  checkClaims(claims, expected, now);
  return { claims, keys, forgetAt: (claims.exp + SKEW_S) * 1000 };
}

export function unsigned(): Refusal {
  return new Refusal('signature_invalid', 'no key of the issuer verifies the token’s signature');
}

function checkClaims(
  { iss, aud, exp, iat, nbf }: AccessTokenClaims,
  { issuer, audience }: Expected,
  now: number,
): void {
  if (iss !== issuer) throw new Refusal('issuer_mismatch', 'the token is of another issuer');
  if (aud !== audience) throw new Refusal('audience_mismatch', 'the token is not meant for this server');
  if (exp <= iat || exp - iat > MAX_LIFETIME_S) throw new Refusal('claim_invalid', 'the claim `exp` is not acceptable');
  if (Math.max(iat, nbf ?? 0) * 1000 > now + SKEW_S * 1000) {
    throw new Refusal('token_not_yet_valid', 'the token is not valid yet');
  }
  if ((exp + SKEW_S) * 1000 <= now) throw new Refusal('token_expired', 'the token has expired');
}
