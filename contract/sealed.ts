import * as z from 'zod';

/**
 * A request that is signed by a sealed key instead of carrying a bearer token, for break-glass: it works with the
 * identity provider down. `Authorization: Writ-Sealed <base64url of the JSON below>`. Everything that the server acts
 * upon is in what is signed, so a signature fits one request to one deployment, once.
 */
export const SEALED_SCHEME = 'Writ-Sealed';

/** How far the signer's clock may be from the server's, in seconds; a nonce is remembered for longer. */
export const SEALED_SKEW_SECONDS = 120;

export const sealedCredential = z.strictObject({
  /** RFC 7638 thumbprint of the key, base64url. */
  key: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be a key’s thumbprint'),
  /** Epoch milliseconds. */
  at: z.number().int().positive(),
  nonce: z.string().regex(/^[A-Za-z0-9_-]{22,64}$/, 'must be 22 to 64 base64url characters'),
  /** ECDSA P-256 with SHA-256, r and s of 32 bytes each, base64url. */
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/, 'must be 64 bytes in base64url'),
  /** Of a FIDO authenticator: what it signed besides (PROTOCOL.u2f of OpenSSH). */
  fido: z
    .strictObject({
      /** OpenSSH's own: what a web page could have an authenticator sign is for another. */
      application: z.string().regex(/^ssh:[\x21-\x7e]{0,124}$/, 'must begin with ssh:'),
      flags: z.number().int().min(0).max(255),
      counter: z.number().int().min(0).max(0xffff_ffff),
    })
    .optional(),
});
export type SealedCredential = z.infer<typeof sealedCredential>;

export interface SealedRequest {
  /** The deployment's public base URL: another deployment's signature fits nothing here. */
  readonly audience: string;
  readonly method: string;
  /** As in the URL after the base, with the query. */
  readonly path: string;
  /** Lower-case hex SHA-256 of the body's bytes; of nothing where there is none. */
  readonly bodySha256: string;
  readonly idempotencyKey: string;
  readonly key: string;
  readonly at: number;
  readonly nonce: string;
}

/**
 * What a key says of itself to be registered, in the place of a body: whose it is to be and what it is called, so that
 * nobody else registers it with the same proof.
 */
export const registrationText = (owner: string, label: string): string => JSON.stringify({ owner, label });

/** The text that is signed, in UTF-8. No member may hold a line break, which the server checks. */
export const sealedMessage = (request: SealedRequest): string =>
  [
    'writ-sealed-v1',
    request.audience,
    request.method,
    request.path,
    request.bodySha256,
    request.idempotencyKey,
    request.key,
    String(request.at),
    request.nonce,
  ].join('\n');
