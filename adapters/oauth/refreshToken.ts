import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import type { RandomBytes } from '../aws/ids.ts';

/** `wrt_<family>.<secret>`: the family is looked up, the secret of 256 bits is in base64url. */
const REFRESH_TOKEN = /^wrt_(?<family>rtf_[0-9A-Za-z]{22,64})\.[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/u;
const SECRET_BYTES = 32;

/** A new refresh token of the family. Secret: it is handed out once, and kept nowhere. */
export const mintRefreshToken = (family: string, randomBytes: RandomBytes): string =>
  `wrt_${family}.${Buffer.from(randomBytes(SECRET_BYTES)).toString('base64url')}`;

/** The family that a refresh token says it is of; undefined for what is none. Nothing about it is verified yet. */
export const familyOf = (token: string): string | undefined => REFRESH_TOKEN.exec(token)?.groups?.['family'];

/** SHA-256, hex, of the token: what is kept of it. 256 random bits need no salt. */
export const refreshTokenHash = (token: string): string => createHash('sha256').update(token, 'utf8').digest('hex');

/** What a sealed successor belongs to: it opens for this family and this generation alone. */
export interface SealedFor {
  readonly family: string;
  /** Of the family once the successor is its current token. */
  readonly generation: number;
}

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts a token's successor so that only the token itself yields it again: for a client that lost the answer. Who
 * reads the database has neither.
 *
 * AES-256-GCM under HKDF-SHA-256 (RFC 5869) of the old token.
 *
 * @returns base64url of nonce, ciphertext and tag
 */
export function sealSuccessor(old: string, successor: string, of: SealedFor, randomBytes: RandomBytes): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, keyFrom(old), nonce, { authTagLength: TAG_BYTES }).setAAD(aad(of));
  const sealed = [nonce, cipher.update(successor, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(sealed).toString('base64url');
}

/** The successor; undefined when it was not sealed under this token for this family and generation. */
export function openSuccessor(old: string, sealed: string, of: SealedFor): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const text = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
  const decipher = createDecipheriv(CIPHER, keyFrom(old), nonce, { authTagLength: TAG_BYTES })
    .setAAD(aad(of))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

/** The token holds 256 random bits, so it needs no salt; `info` keeps the key apart from any other use. */
const keyFrom = (token: string): Buffer =>
  Buffer.from(hkdfSync('sha256', token, '', 'writ refresh-token successor v1', 32));

const aad = ({ family, generation }: SealedFor): Buffer => Buffer.from(JSON.stringify([family, generation]), 'utf8');
