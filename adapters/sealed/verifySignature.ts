import { createHash, createPublicKey, verify } from 'node:crypto';

export interface SignedBy {
  /** P-256 public key, JWK `x` and `y`. */
  readonly publicKey: { readonly x: string; readonly y: string };
  /** r and s of 32 bytes each. */
  readonly signature: Uint8Array;
  /** What a FIDO authenticator signs besides the message. */
  readonly fido?: { readonly application: string; readonly flags: number; readonly counter: number };
}

/** FIDO flag: somebody touched the authenticator (CTAP 2.1 §6.1, `up`). */
const USER_PRESENT = 0x01;

/**
 * Whether the key signed the message: ECDSA P-256 with SHA-256 (FIPS 186-5), over the message itself or, for a FIDO
 * authenticator behind an SSH agent, over its envelope (OpenSSH, PROTOCOL.u2f), and then only if it was touched.
 */
export function verifySignature(message: string, { publicKey, signature, fido }: SignedBy): boolean {
  if (signature.length !== 64) return false;
  if (fido && (fido.flags & USER_PRESENT) === 0) return false;
  try {
    const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', ...publicKey }, format: 'jwk' });
    const signed = Buffer.from(message, 'utf8');
    return verify('sha256', fido ? envelope(signed, fido) : signed, { key, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    return false; // not a point on the curve, or not base64url: nobody signed with that
  }
}

function envelope(message: Buffer, { application, flags, counter }: NonNullable<SignedBy['fido']>): Buffer {
  const rest = Buffer.alloc(5);
  rest.writeUInt8(flags, 0);
  rest.writeUInt32BE(counter, 1);
  return Buffer.concat([sha256(Buffer.from(application, 'utf8')), rest, sha256(message)]);
}

/** RFC 7638 §3: the members that a P-256 key needs, in order. */
export const thumbprintOf = ({ x, y }: SignedBy['publicKey']): string =>
  sha256(Buffer.from(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }), 'utf8')).toString('base64url');

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
