import * as z from 'zod';
import { sha256Field } from '../fields.ts';

/** What is told to anyone. */

/** What a client needs to know before it can sign in. Public. */
export const configurationSchema = z.object({
  publicUrl: z.string(),
  issuers: z.array(
    z.object({ domain: z.string(), issuer: z.string(), audience: z.string(), clientId: z.string().optional() }),
  ),
  /** Set only where lent sessions must talk to another endpoint than AWS's own, as on a laptop. */
  awsEndpointUrl: z.string().optional(),
  bundleSha256: sha256Field,
});
export type ConfigurationView = z.infer<typeof configurationSchema>;

/** RFC 8414 §2; what it holds is in `contract/metadata.ts`. */
export const metadataSchema = z.looseObject({ issuer: z.string(), token_endpoint: z.string(), jwks_uri: z.string() });

/** A JWK set (RFC 7517 §5) of P-256 keys, public halves alone. */
export const jwksSchema = z.object({
  keys: z.array(
    z.strictObject({
      kty: z.literal('EC'),
      crv: z.literal('P-256'),
      x: z.string(),
      y: z.string(),
      kid: z.string(),
      use: z.literal('sig'),
      alg: z.literal('ES256'),
      key_ops: z.tuple([z.literal('verify')]),
    }),
  ),
});
export type Jwks = z.infer<typeof jwksSchema>;

/** A page for people. */
export const page = z.string();

export const healthSchema = z.object({ status: z.literal('ok') });
