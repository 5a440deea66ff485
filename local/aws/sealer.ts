/**
 * Sealed values: what this local AWS hands out and later takes back as its own, without keeping a list.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { StateStore } from './store.ts';

export interface Sealer {
  /** Encrypts and authenticates `value` (JSON) for one purpose. The answer is base64. */
  seal(purpose: string, value: unknown): string;
  /** The sealed value, or `undefined` if this key never sealed it for this purpose. */
  open(purpose: string, sealed: string): unknown;
  /** 32 bytes that only this key can derive. */
  derive(purpose: string, value: string): Buffer;
}

const KEY_NAME = 'sealing-key';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The sealer of a state store. Its key is made on first use and outlives restarts. */
export async function openSealer(store: StateStore): Promise<Sealer> {
  let encoded = store.get(KEY_NAME) as string | undefined;
  if (encoded === undefined) {
    encoded = randomBytes(32).toString('base64');
    await store.write({ [KEY_NAME]: encoded });
  }
  return sealerWith(Buffer.from(encoded, 'base64'));
}

function sealerWith(key: Buffer): Sealer {
  return {
    derive: (purpose, value) => createHmac('sha256', key).update(`${purpose}:${value}`).digest(),

    seal(purpose, value) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose));
      const sealed = Buffer.concat([cipher.update(deflateRawSync(JSON.stringify(value))), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
    },

    open(purpose, sealed) {
      const bytes = Buffer.from(sealed, 'base64');
      if (bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const opened = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
      try {
        decipher.final();
      } catch {
        return undefined; // The tag is wrong: not ours, or for another purpose.
      }
      return JSON.parse(inflateRawSync(opened).toString()) as unknown;
    },
  };
}
