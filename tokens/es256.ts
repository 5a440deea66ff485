import { verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

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
  return verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature);
}
