import { verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Scratch } from './scratch.ts';

/** Bytes of an ES256 signature: r and s, each as long as the curve's order (RFC 7518 §3.4). Never DER. */
export const ES256_SIGNATURE_LENGTH = 64;

/**
 * Verifies ECDSA on P-256 with SHA-256 (RFC 7518 §3.4).
 *
 * ECDSA is malleable: with (r, s), (r, n - s) verifies too. So a token has several good texts: revocation, replay and
 * caches go by what the token says (`jti`), never by a hash of its text.
 *
 * @param key on P-256, from {@link importPublicKey}; OpenSSL refuses r and s outside of 1 to n - 1
 */
export function verifyEs256(key: KeyObject, input: Uint8Array, signature: Uint8Array): boolean {
  // OpenSSL would read other lengths too, or throw.
  if (signature.length !== ES256_SIGNATURE_LENGTH) return false;
  return verify('sha256', input, key, toDer(signature));
}

const INTEGER = ES256_SIGNATURE_LENGTH / 2;
const MAX_DER = 2 + 2 * (2 + 1 + INTEGER);
const DER = new Scratch(MAX_DER);

/**
 * The same r and s as OpenSSL has them inside: an ASN.1 SEQUENCE of two INTEGERs (RFC 3279 §2.2.3). Node would make it from
 * `ieee-p1363`, in a way that takes several microseconds of each verification.
 */
function toDer(signature: Uint8Array): Uint8Array {
  const der = DER.bytes(MAX_DER);
  let at = 2;
  for (const start of [0, INTEGER]) {
    // In as few bytes as there are, but one; and with a zero before where it would be negative.
    let from = start;
    while (from < start + INTEGER - 1 && signature[from] === 0) from++;
    const sign = (signature[from] as number) >> 7;
    der[at] = 0x02;
    der[at + 1] = start + INTEGER - from + sign;
    // Where it is wanted: what was read before may have left something else.
    der[at + 2] = 0;
    at += 2 + sign;
    for (; from < start + INTEGER; from++, at++) der[at] = signature[from] as number;
  }
  der[0] = 0x30;
  der[1] = at - 2;
  return DER.bytes(at);
}
