import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import type { RefreshMint } from '../../core/usecases/tokens/refreshFamily.ts';
import type { RandomBytes } from '../aws/ids.ts';

/** `wrt_<family>.<secret>`: the family is looked up, the secret of 256 bits is in base64url. */
const REFRESH_TOKEN = /^wrt_(?<family>rtf_[0-9A-Za-z]{22,64})\.[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/u;
const SECRET_BYTES = 32;

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Refresh tokens. Kept is SHA-256 of the token, which needs no salt over 256 random bits; and for a client that lost the
 * answer, a token's successor, encrypted so that only the token itself yields it again. Who reads the database has
 * neither.
 *
 * Sealed is by AES-256-GCM under HKDF-SHA-256 (RFC 5869) of the old token, for one family and the generation in which the
 * successor is its current token: base64url of nonce, ciphertext and tag.
 */
export function createRefreshMint(randomBytes: RandomBytes): RefreshMint {
  return {
    mint(familyId) {
      const token = `wrt_${familyId}.${Buffer.from(randomBytes(SECRET_BYTES)).toString('base64url')}`;
      return { token, sha256: sha256(token) };
    },

    read(token) {
      const familyId = REFRESH_TOKEN.exec(token)?.groups?.['family'];
      return familyId === undefined ? undefined : { familyId, sha256: sha256(token) };
    },

    seal(oldToken, newToken, family) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, keyFrom(oldToken), nonce, { authTagLength: TAG_BYTES }).setAAD(aad(family));
      const sealed = [nonce, cipher.update(newToken, 'utf8'), cipher.final(), cipher.getAuthTag()];
      return Buffer.concat(sealed).toString('base64url');
    },

    open(oldToken, sealed, family) {
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
      const decipher = createDecipheriv(CIPHER, keyFrom(oldToken), bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(aad(family))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      const text = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
      try {
        return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}

const sha256 = (token: string): string => createHash('sha256').update(token, 'utf8').digest('hex');

/** The token holds 256 random bits, so it needs no salt; `info` keeps the key apart from any other use. */
const keyFrom = (token: string): Buffer =>
  Buffer.from(hkdfSync('sha256', token, '', 'writ refresh-token successor v1', 32));

const aad = ({ id, generation }: { readonly id: string; readonly generation: number }): Buffer =>
  Buffer.from(JSON.stringify([id, generation]), 'utf8');
