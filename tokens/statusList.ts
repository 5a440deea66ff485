import { deflateSync, inflateSync } from 'node:zlib';
import { decodeBase64url } from './base64url.ts';
import { TokenFault } from './tokenFault.ts';

/**
 * A status list of one bit each (Token Status List draft §4.1): entry `i` is bit `i % 8`, counted from the least
 * significant, of byte `i / 8`. Set means ended. Compressed with zlib, in base64url.
 */

/**
 * @param ended positions to set, in any order, each below `size`
 * @param size entries, a multiple of 8
 * @returns the claim `lst`; the same set always gives the same text
 */
export function encodeStatusList(ended: Iterable<number>, size: number): string {
  if (!Number.isSafeInteger(size) || size <= 0 || size % 8 !== 0)
    throw new RangeError('a list has a multiple of 8 entries');
  const bits = new Uint8Array(size / 8);
  for (const index of ended) {
    if (!Number.isSafeInteger(index) || index < 0 || index >= size) throw new RangeError('the list has no such entry');
    bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return deflateSync(bits, { level: 9 }).toString('base64url');
}

/**
 * @param maxBytes that it may have uncompressed: a small text can hide a huge list
 * @throws TokenFault `status_list_invalid`
 */
export function decodeStatusList(lst: string, maxBytes: number): Uint8Array {
  const compressed = decodeBase64url(lst);
  try {
    if (compressed) return inflateSync(compressed, { maxOutputLength: maxBytes });
  } catch {
    // Not zlib, cut off, or larger than allowed.
  }
  throw new TokenFault('status_list_invalid', 'the status list can’t be decoded');
}

/** Whether the entry is set: ended. Undefined where the list has no such entry, which says nothing. */
export function readStatus(list: Uint8Array, index: number): boolean | undefined {
  const byte = Number.isSafeInteger(index) && index >= 0 ? list[Math.floor(index / 8)] : undefined;
  return byte === undefined ? undefined : ((byte >> (index % 8)) & 1) === 1;
}
