import { createPublicKey } from 'node:crypto';
import { z } from 'zod';
import type { PublicJwk } from '../../core/oauth/client.ts';

/** RFC 7518 §6.2.2, §6.3.2, §6.4; RFC 8037 §2. */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

interface KeyType {
  /** Members that the key itself is made of. */
  readonly members: readonly string[];
  /** `alg` values that fit. */
  readonly algorithms: readonly string[];
}

const KEY_TYPES: Readonly<Record<string, KeyType>> = {
  'EC P-256': { members: ['crv', 'x', 'y'], algorithms: ['ES256'] },
  'OKP Ed25519': { members: ['crv', 'x'], algorithms: ['EdDSA', 'Ed25519'] },
  RSA: { members: ['n', 'e'], algorithms: ['RS256', 'PS256'] },
};

const ABOUT = ['kty', 'kid', 'use', 'key_ops', 'alg'];
const RSA_BITS = { min: 2048, max: 4096 };
const KID = /^[A-Za-z0-9._~-]{1,128}$/;

/** What is wrong with a key that a client is to prove itself with; undefined when it is good. */
function problemOf(jwk: Readonly<Record<string, unknown>>): string | undefined {
  const secret = PRIVATE.find((member) => member in jwk);
  if (secret !== undefined)
    return `holds the private member \`${secret}\`: make a new key, and put its public half here`;
  const { kty, crv, kid, use, key_ops: operations, alg } = jwk;
  const type = [kty, crv].filter((part) => typeof part === 'string').join(' ');
  const facts = Object.hasOwn(KEY_TYPES, type) ? KEY_TYPES[type] : undefined;
  if (!facts) return 'must be an EC key on P-256, an Ed25519 key, or an RSA key';
  const excess = Object.keys(jwk).find((member) => ![...ABOUT, ...facts.members].includes(member));
  if (excess !== undefined) return `has a member \`${excess}\` that nothing reads`;
  if (typeof kid !== 'string' || !KID.test(kid))
    return 'needs a `kid` of up to 128 letters, digits, `.`, `_`, `~`, `-`';
  if (use !== undefined && use !== 'sig') return 'has a `use` other than sig';
  if (operations !== undefined && JSON.stringify(operations) !== '["verify"]')
    return 'has `key_ops` other than ["verify"]';
  if (alg !== undefined && !facts.algorithms.some((fitting) => fitting === alg)) {
    return `has an \`alg\` other than ${facts.algorithms.join(', ')}`;
  }
  return whyUnusable(jwk);
}

/** OpenSSL reads it: the point is on the curve, the modulus long enough. */
function whyUnusable(jwk: Readonly<Record<string, unknown>>): string | undefined {
  try {
    const { asymmetricKeyDetails: details } = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    const { modulusLength: bits, publicExponent: exponent } = details ?? {};
    if (bits === undefined) return undefined;
    if (bits < RSA_BITS.min || bits > RSA_BITS.max) {
      return `must have ${RSA_BITS.min} to ${RSA_BITS.max} bits, not ${bits}`;
    }
    return exponent !== undefined && exponent >= 65537n ? undefined : 'must have a public exponent of 65537 or more';
  } catch {
    return 'is no usable public key';
  }
}

/** A public key as a JWK (RFC 7517) that signatures can be verified with. */
export const publicJwk: z.ZodType<PublicJwk> = z.looseObject({ kty: z.string() }).superRefine((jwk, context) => {
  const problem = problemOf(jwk);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});
