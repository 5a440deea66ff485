import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { decodeBase64url } from './base64url.ts';
import { member } from './strictJson.ts';
import type { JsonObject } from './strictJson.ts';
import { TokenFault } from './tokenFault.ts';

/** Signature algorithms that a key may be for (RFC 7518 §3.1, RFC 8037 §3.1). Asymmetric only. */
export const SIGNATURE_ALGORITHMS = ['ES256', 'EdDSA', 'PS256', 'RS256'] as const;
export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number];

interface KeyFacts {
  readonly kty: string;
  readonly crv?: string;
  /** Members that the key itself is made of, with their length in bytes where it is fixed. */
  readonly parts: Readonly<Record<string, number | undefined>>;
}

const EC: KeyFacts = { kty: 'EC', crv: 'P-256', parts: { x: 32, y: 32 } };
const RSA: KeyFacts = { kty: 'RSA', parts: { n: undefined, e: undefined } };
const KEYS: Readonly<Record<SignatureAlgorithm, KeyFacts>> = {
  ES256: EC,
  EdDSA: { kty: 'OKP', crv: 'Ed25519', parts: { x: 32 } },
  PS256: RSA,
  RS256: RSA,
};

/** RFC 7518 §3.3 sets the lower bound; the upper one bounds what a stranger's key can cost. */
const RSA_BITS = { min: 2048, max: 4096 } as const;
const RSA_MIN_EXPONENT = 65_537n;

/** Secret parts of keys (RFC 7518 §6, RFC 8037 §2). A key that has one is no longer its owner's alone. */
export const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'] as const;

/** A public key together with the only algorithm that it is used for. */
export interface VerificationKey {
  readonly alg: SignatureAlgorithm;
  readonly key: KeyObject;
  /** The members that make the key, and nothing else: what a thumbprint is taken of. */
  readonly jwk: Readonly<Record<string, string>>;
}

/**
 * The algorithm of this name: `Ed25519` is what RFC 9864 §2.2 calls EdDSA on this curve, the only one that there is here.
 *
 * @returns undefined for a name of none
 */
export function signatureAlgorithm(name: unknown): SignatureAlgorithm | undefined {
  const known = name === 'Ed25519' ? 'EdDSA' : name;
  return SIGNATURE_ALGORITHMS.find((alg) => alg === known);
}

/** Keys that were read, by their text: clients prove the same key again and again, and reading one costs as much as using it. */
const known = new Map<string, VerificationKey>();
/** Anybody can bring keys, so only so many are kept; the oldest goes first. */
const MAX_KNOWN = 500;

/**
 * Reads a JWK (RFC 7517) as a public key for one algorithm: right type and curve, canonical members, a point that is on
 * the curve, RSA of 2048 to 4096 bits; not for encryption, not for another algorithm, and without any private part.
 *
 * @throws TokenFault `key_refused`
 */
export function importPublicKey(jwk: JsonObject, alg: SignatureAlgorithm): VerificationKey {
  // All of it, with the members that only forbid: a key is known by exactly what was checked.
  const text = JSON.stringify([alg, jwk]);
  const found = known.get(text);
  if (found) return found;
  const key = readPublicKey(jwk, alg);
  if (known.size >= MAX_KNOWN) {
    for (const oldest of known.keys()) {
      known.delete(oldest);
      break;
    }
  }
  known.set(text, key);
  return key;
}

function readPublicKey(jwk: JsonObject, alg: SignatureAlgorithm): VerificationKey {
  const facts = KEYS[alg];
  const secret = PRIVATE_MEMBERS.find((name) => Object.hasOwn(jwk, name));
  if (secret !== undefined) throw refused(`holds the private member \`${secret}\``);
  if (member(jwk, 'kty') !== facts.kty) throw refused(`is not of the type that ${alg} needs`);
  if (facts.crv !== undefined && member(jwk, 'crv') !== facts.crv)
    throw refused(`is not on the curve that ${alg} needs`);
  const use = member(jwk, 'use');
  if (use !== undefined && use !== 'sig') throw refused('is not for signatures');
  const operations = member(jwk, 'key_ops');
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    throw refused('is not for verifying');
  }
  const named = member(jwk, 'alg');
  if (named !== undefined && signatureAlgorithm(named) !== alg) throw refused('is for another algorithm');

  const plain: Record<string, string> = { kty: facts.kty, ...(facts.crv !== undefined && { crv: facts.crv }) };
  for (const [name, length] of Object.entries(facts.parts)) plain[name] = partOf(jwk, name, length);
  // Shared by all who bring this key: nobody may change it.
  return Object.freeze({ alg, key: toKeyObject(plain), jwk: Object.freeze(plain) });
}

function partOf(jwk: JsonObject, name: string, length: number | undefined): string {
  const text = member(jwk, name);
  const bytes = typeof text === 'string' && text.length <= RSA_BITS.max / 4 ? decodeBase64url(text) : undefined;
  if (typeof text !== 'string' || !bytes || (length !== undefined && bytes.length !== length)) {
    throw refused(`has no well-formed \`${name}\``);
  }
  return text;
}

function toKeyObject(jwk: Readonly<Record<string, string>>): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  } catch {
    throw refused('is no usable public key');
  }
  const { modulusLength: bits, publicExponent: exponent } = key.asymmetricKeyDetails ?? {};
  if (bits !== undefined && (bits < RSA_BITS.min || bits > RSA_BITS.max)) {
    throw refused(`must have ${RSA_BITS.min} to ${RSA_BITS.max} bits`);
  }
  if (exponent !== undefined && exponent < RSA_MIN_EXPONENT) throw refused('has too small an exponent');
  return key;
}

function refused(problem: string): TokenFault {
  return new TokenFault('key_refused', `the key ${problem}`);
}
