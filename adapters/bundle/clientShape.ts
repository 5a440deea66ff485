import { z } from 'zod';
import type { OAuthClient } from '../../core/oauth/client.ts';
import { SENDER_CONSTRAINTS } from '../../core/oauth/client.ts';
import { audience, OPERATION } from './audience.ts';
import { publicJwk } from './jwkShape.ts';
import { line, name } from './shapeParts.ts';

/** Applications that may ask for delegation tokens, or serve who bears them: `clients.json`. */

const DISTINCT = 'must name each one once';
const set = <T extends z.ZodType<string>>(item: T) =>
  z.array(item).refine((items) => new Set(items).size === items.length, DISTINCT);

const sha256 = z
  .string()
  .regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, 'must be a SHA-256 in base64url, without padding');

const authentication = z.discriminatedUnion('method', [
  z.strictObject({
    method: z.literal('private_key_jwt'),
    keys: z
      .array(publicJwk)
      .min(1)
      .max(8)
      .refine((keys) => new Set(keys.map(({ kid }) => kid)).size === keys.length, 'two keys have the same kid'),
  }),
  z.strictObject({ method: z.literal('federated'), issuer: name, subject: z.string().regex(/^\S{1,200}$/) }),
  z.strictObject({ method: z.literal('tls_client_auth'), thumbprints: set(sha256).min(1).max(8) }),
  z.strictObject({ method: z.literal('none') }),
]);

const client = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be up to 64 lower-case letters, digits and hyphens, no hyphen first'),
    title: line(80),
    owner: name,
    project: name,
    status: z.enum(['active', 'suspended']),
    reviewBy: z.iso.date('must be a date such as 2027-06-30'),
    authentication,
    senderConstraint: z.enum(SENDER_CONSTRAINTS),
    scopes: set(z.string().regex(OPERATION, 'must be a scope such as reports:read')),
    audiences: set(audience),
    serves: set(audience),
    signsInAs: set(line(200)),
    groups: set(name),
    ratePerMinute: z.number().int().min(1).max(10_000),
  })
  .refine(({ authentication: { method }, senderConstraint }) => method !== 'none' || senderConstraint === 'dpop', {
    path: ['senderConstraint'],
    message: 'must be dpop: nothing else binds a token to a public client',
  })
  .refine(({ authentication: { method }, serves }) => method !== 'none' || serves.length === 0, {
    path: ['serves'],
    message: 'must be empty: a public client proves nothing, so it can serve nobody',
  });

export const clientsShape: z.ZodType<readonly OAuthClient[]> = z.array(client);
