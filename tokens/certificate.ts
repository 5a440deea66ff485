import { createHash, X509Certificate } from 'node:crypto';

/** Characters. A certificate with a key of 4096 bits and many names fits. */
const MAX_LENGTH = 16_384;
/** Exactly one certificate, and nothing else but blanks around it. */
const PEM = /^\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*$/u;

/**
 * What binds tokens to a client certificate, `x5t#S256`: SHA-256 in base64url of its DER form (RFC 8705 §3.1).
 *
 * @param pem from the gateway's context, which verified it. Never from a header: whoever sends one chooses it.
 * @returns undefined for what is no certificate
 */
export function certificateThumbprint(pem: string): string | undefined {
  if (pem.length > MAX_LENGTH || !PEM.test(pem)) return undefined;
  try {
    return createHash('sha256').update(new X509Certificate(pem).raw).digest('base64url');
  } catch {
    return undefined;
  }
}
