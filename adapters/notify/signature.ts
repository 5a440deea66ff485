import { createHmac, timingSafeEqual } from 'node:crypto';

/** Signatures by a shared key: HMAC-SHA256, lower-case hex. Over a time too, so that a copy is of no use for long. */

export const hmacHex = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('hex');

/** Whether it is the signature of this text by one of the keys. Takes as long whatever it is, but for its length. */
export function isSigned(signature: string, text: string, keys: readonly string[]): boolean {
  const given = Buffer.from(signature, 'utf8');
  let found = false;
  for (const key of keys) {
    const expected = Buffer.from(hmacHex(key, text), 'utf8');
    const matches = expected.length === given.length && timingSafeEqual(expected, given);
    found ||= matches;
  }
  return found;
}

export const SIGNATURE_HEADER = 'writ-signature';

/**
 * `t=<unix seconds>,v1=<hex>`, with a `v1` for each key: two while a key is being rotated, of which the receiver needs to
 * know one. Signed is `<t>.<body>`.
 */
export const signatureHeader = (keys: readonly string[], body: string, now: number): string => {
  const t = Math.floor(now / 1000);
  return [`t=${t}`, ...keys.map((key) => `v1=${hmacHex(key, `${t}.${body}`)}`)].join(',');
};

export interface ParsedSignature {
  /** Unix seconds, as text: what was signed. */
  readonly t: string;
  readonly v1: readonly string[];
}

/** Undefined for what is no such header. */
export function parseSignatureHeader(header: string): ParsedSignature | undefined {
  if (header.length > 500) return undefined;
  const parts = header.split(',').map((part) => /^(t)=(\d{1,12})$|^(v1)=([0-9a-f]{64})$/.exec(part.trim()));
  const times = parts.flatMap((part) => part?.[2] ?? []);
  const v1 = parts.flatMap((part) => part?.[4] ?? []);
  const [t, ...more] = times;
  if (parts.includes(null) || t === undefined || more.length > 0 || v1.length === 0) return undefined;
  return { t, v1 };
}

/** How far the clocks of sender and receiver may be apart, the way included. */
export const TOLERANCE_SECONDS = 300;

/** @param t unix seconds, @param now epoch milliseconds */
export const isTimely = (t: string, now: number): boolean =>
  Math.abs(Math.floor(now / 1000) - Number(t)) <= TOLERANCE_SECONDS;
