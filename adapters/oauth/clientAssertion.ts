import { createHash, generateKeyPairSync } from 'node:crypto';
import type { PublicJwk } from '../../core/oauth/client.ts';
import type { Mark } from '../../core/oauth/ports.ts';
import type { CompactJws } from '../../tokens/compactJws.ts';
import { importPublicKey, signatureAlgorithm } from '../../tokens/publicKey.ts';
import { verifySignature } from '../../tokens/signature.ts';
import { member } from '../../tokens/strictJson.ts';
import type { JsonObject } from '../../tokens/strictJson.ts';
import { TokenFault } from '../../tokens/tokenFault.ts';

/** Seconds. An assertion that is good for longer is a standing credential. */
const MAX_AHEAD_S = 300;
/** Seconds by which a client's clock may differ from ours. */
const SKEW_S = 15;
/** RFC 7523bis names the first; older libraries send the second, or none. A proof's or a token's type is neither. */
const TYPS = new Set(['client-authentication+jwt', 'jwt', '']);
const TOKEN_ID = /^[\x20-\x7e]{1,255}$/u;

export interface AssertionRules {
  readonly clientId: string;
  /** The keys that are registered for it; none for a client that is unknown, which costs as much. */
  readonly keys: readonly PublicJwk[];
  /** Any of these, alone: an assertion for two servers could be replayed by one at the other. */
  readonly audiences: readonly string[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Verifies a client assertion (RFC 7523 §3, OpenID Connect Core §9).
 *
 * @returns the mark by which it is good once; undefined for one that is not good
 */
export function checkAssertion(jws: CompactJws, { clientId, keys, audiences, now }: AssertionRules): Mark | undefined {
  const { header, payload, signingInput, signature } = jws;
  const jwk = keys.find(({ kid }) => kid !== undefined && kid === header.kid);
  const isSigned = isSignedBy(jwk ?? DECOY, jwk ? header.alg : 'ES256', signingInput, signature);
  if (!jwk || !isSigned || !TYPS.has(header.typ)) return undefined;
  if (member(payload, 'iss') !== clientId || member(payload, 'sub') !== clientId) return undefined;
  const aud = member(payload, 'aud');
  if (typeof aud !== 'string' || !audiences.includes(aud)) return undefined;
  const until = untilOf(payload, now);
  const jti = member(payload, 'jti');
  if (until === undefined || typeof jti !== 'string' || !TOKEN_ID.test(jti)) return undefined;
  const sha256 = createHash('sha256')
    .update(JSON.stringify([clientId, jti]))
    .digest('hex');
  return { kind: 'assertion', sha256, until };
}

function isSignedBy(jwk: PublicJwk, named: string, input: Uint8Array, signature: Uint8Array): boolean {
  const alg = signatureAlgorithm(named);
  if (alg === undefined) return false;
  try {
    return verifySignature(importPublicKey(jwk, alg), input, signature);
  } catch (error) {
    if (error instanceof TokenFault) return false;
    throw error;
  }
}

/** Epoch milliseconds after which it is refused anyway; undefined where it is refused now. */
function untilOf(claims: JsonObject, now: number): number | undefined {
  const [exp, iat, nbf = 0] = ['exp', 'iat', 'nbf'].map((name) => member(claims, name));
  if (!isSeconds(exp) || !isSeconds(iat) || !isSeconds(nbf)) return undefined;
  const seconds = Math.floor(now / 1000);
  const isTimely =
    exp > iat &&
    exp > seconds - SKEW_S &&
    exp <= seconds + MAX_AHEAD_S + SKEW_S &&
    Math.max(iat, nbf) <= seconds + SKEW_S;
  return isTimely ? (exp + SKEW_S) * 1000 : undefined;
}

const isSeconds = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** Nobody's key: verified with where there is none, so that an unknown client is not told apart by the time it takes. */
const DECOY = ((): PublicJwk => {
  const { x, y } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  return { kty: 'EC', crv: 'P-256', x, y };
})();
