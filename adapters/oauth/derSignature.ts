/** Bytes of r and of s on P-256. */
const HALF = 32;

/**
 * Turns a DER signature (`ECDSA-Sig-Value`, RFC 3279 §2.2.3), as KMS gives it, into the 64 bytes of r and s that JWS
 * wants (RFC 7518 §3.4). Only the one canonical encoding of numbers from 1 to 2^256 - 1 passes.
 *
 * @throws Error, which holds nothing of it, for all else
 */
export function joseSignature(der: Uint8Array): Buffer {
  // At most 2 + 2 * (2 + 33) bytes, so every length is a single byte below 128.
  if (der[0] !== 0x30 || der[1] !== der.length - 2) throw malformed();
  const r = integerAt(der, 2);
  const s = integerAt(der, r.end);
  if (s.end !== der.length) throw malformed();
  return Buffer.concat([padded(r.digits), padded(s.digits)]);
}

/** A positive INTEGER without superfluous bytes. */
function integerAt(der: Uint8Array, start: number): { readonly digits: Uint8Array; readonly end: number } {
  const length = der[start + 1] ?? 0;
  const from = start + 2;
  const end = from + length;
  const [first = 0, second = 0] = der.subarray(from, end);
  if (der[start] !== 0x02 || length === 0 || end > der.length) throw malformed();
  const isNegative = first >= 0x80;
  // A leading zero is there to keep a number positive, and for nothing else; zero itself is no part of a signature.
  const isSuperfluous = first === 0 && second < 0x80;
  if (isNegative || isSuperfluous) throw malformed();
  const digits = der.subarray(first === 0 ? from + 1 : from, end);
  if (digits.length > HALF) throw malformed();
  return { digits, end };
}

function padded(digits: Uint8Array): Buffer {
  const half = Buffer.alloc(HALF);
  half.set(digits, HALF - digits.length);
  return half;
}

const malformed = (): Error => new Error('the signature is no ECDSA signature on P-256 in DER');
