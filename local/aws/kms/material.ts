/**
 * What a KMS key can do with its material.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
 */
import { createCipheriv, createDecipheriv, createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { randomBytes, sign as nodeSign, verify as nodeVerify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { AwsError } from '../service.ts';
import type { KmsKey } from './keys.ts';

export const SIGNING_ALGORITHMS = {
  ECC_NIST_P256: ['ECDSA_SHA_256'],
  ECC_NIST_EDWARDS25519: ['ED25519_SHA_512'],
  SYMMETRIC_DEFAULT: [],
} as const satisfies Record<KmsKey['spec'], readonly string[]>;

export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[KmsKey['spec']][number];
export type MessageType = 'RAW' | 'DIGEST';

/** The signature: DER for ECDSA, 64 bytes for Ed25519. @throws {AwsError} ValidationException */
export function sign(key: KmsKey, algorithm: SigningAlgorithm, message: Uint8Array, type: MessageType): Uint8Array {
  const privateKey = privateKeyOf(key);
  if (algorithm === 'ED25519_SHA_512') return nodeSign(null, raw(message, type), privateKey);
  const scalar = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
  // Not `node:crypto`: it can't sign what is hashed already.
  return p256.sign(digest(message, type), scalar, { prehash: false, lowS: false, format: 'der' });
}

/** Whether `signature` is one. @throws {AwsError} ValidationException */
export function verify(
  key: KmsKey,
  algorithm: SigningAlgorithm,
  message: Uint8Array,
  type: MessageType,
  signature: Uint8Array,
): boolean {
  const publicKey = createPublicKey(privateKeyOf(key));
  if (algorithm === 'ED25519_SHA_512') return nodeVerify(null, raw(message, type), publicKey, signature);
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  try {
    return p256.verify(signature, digest(message, type), point, { prehash: false, lowS: false, format: 'der' });
  } catch {
    return false; // Not even DER.
  }
}

/** SubjectPublicKeyInfo, DER. */
export function publicKeyOf(key: KmsKey): Uint8Array {
  return createPublicKey(privateKeyOf(key)).export({ format: 'der', type: 'spki' });
}

function privateKeyOf(key: KmsKey): KeyObject {
  return createPrivateKey({ key: Buffer.from(key.secret, 'base64'), format: 'der', type: 'pkcs8' });
}

function raw(message: Uint8Array, type: MessageType): Uint8Array {
  if (type === 'RAW') return message;
  throw new AwsError('ValidationException', 'ED25519_SHA_512 requires MessageType RAW');
}

function digest(message: Uint8Array, type: MessageType): Uint8Array {
  if (type === 'RAW') return createHash('sha256').update(message).digest();
  if (message.length === 32) return message;
  throw new AwsError('ValidationException', 'Digest is invalid length for algorithm ECDSA_SHA_256.');
}

export type EncryptionContext = Readonly<Record<string, string>>;

/** A ciphertext is: version, length and text of the key's ARN, nonce, tag, then the sealed bytes. */
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function encrypt(key: KmsKey, plaintext: Uint8Array, context: EncryptionContext): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key.secret, 'base64'), nonce);
  cipher.setAAD(associatedData(context));
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const arn = Buffer.from(key.arn);
  return Buffer.concat([Buffer.of(VERSION, arn.length), arn, nonce, cipher.getAuthTag(), sealed]);
}

/** The ARN of the key that a ciphertext says it needs, or `undefined` for no ciphertext of ours. */
export function keyArnOf(ciphertext: Uint8Array): string | undefined {
  const length = ciphertext[1] ?? 0;
  const isOurs = ciphertext[0] === VERSION && ciphertext.length >= 2 + length + NONCE_BYTES + TAG_BYTES;
  return isOurs ? Buffer.from(ciphertext.subarray(2, 2 + length)).toString() : undefined;
}

/** The plaintext, or `undefined` where the ciphertext or the encryption context is another. */
export function decrypt(key: KmsKey, ciphertext: Uint8Array, context: EncryptionContext): Uint8Array | undefined {
  const rest = ciphertext.subarray(2 + (ciphertext[1] ?? 0));
  const decipher = createDecipheriv('aes-256-gcm', Buffer.from(key.secret, 'base64'), rest.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(associatedData(context)).setAuthTag(rest.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const plaintext = decipher.update(rest.subarray(NONCE_BYTES + TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return undefined; // The tag tells that something was changed.
  }
  return plaintext;
}

/** The same bytes for the same pairs, in whatever order they come. */
function associatedData(context: EncryptionContext): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));
}
