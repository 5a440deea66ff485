import { createHash } from 'node:crypto';

/**
 * SHA-256 thumbprint of a public key (RFC 7638 §3): the key's own members in the order of their names.
 *
 * @param jwk `VerificationKey.jwk`: the members that make the key, and nothing else
 * @returns 43 characters of base64url
 */
export function thumbprintOf(jwk: Readonly<Record<string, string>>): string {
  const members = Object.entries(jwk).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest('base64url');
}

/** SHA-256 in base64url: the last character holds four bits. */
const THUMBPRINT = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/u;

/** Whether a claim can be a thumbprint at all: of a key (`jkt`) or a certificate (`x5t#S256`). */
export const isThumbprint = (value: unknown): value is string => typeof value === 'string' && THUMBPRINT.test(value);
