import { constants, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { verifyEs256 } from './es256.ts';
import type { SignatureAlgorithm, VerificationKey } from './publicKey.ts';

type Verify = (key: KeyObject, input: Uint8Array, signature: Uint8Array) => boolean;

const VERIFY: Readonly<Record<SignatureAlgorithm, Verify>> = {
  ES256: verifyEs256,
  EdDSA: (key, input, signature) => verify(null, input, key, signature),
  PS256: (key, input, signature) =>
    verify('sha256', input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature),
  RS256: (key, input, signature) => verify('sha256', input, { key, padding: constants.RSA_PKCS1_PADDING }, signature),
};

/** Whether the signature is the key's over these bytes, by the key's one algorithm. Never throws. */
export function verifySignature({ alg, key }: VerificationKey, input: Uint8Array, signature: Uint8Array): boolean {
  try {
    return VERIFY[alg](key, input, signature);
  } catch {
    return false;
  }
}
