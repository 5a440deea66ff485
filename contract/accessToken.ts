import * as z from 'zod';
import { grantIdField, sha256Field } from './fields.ts';

/**
 * The claims of a delegation token: a JWT access token (RFC 9068), ES256, `typ: at+jwt`. What resource servers read.
 * Times are seconds since the epoch. Claims that are not named here say nothing.
 */

/** The header's `typ`. */
export const ACCESS_TOKEN_TYP = 'at+jwt';

/** Links that a chain of actors may have, the subject not counted. */
export const MAX_CHAIN = 5;

const seconds = z.int().nonnegative();
const url = z.string().max(2_048);
/** SHA-256 in base64url: the last character holds four bits. */
const digest = z.string().regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/);
const names = z.array(z.string().min(1).max(1_000)).max(100);
const id = z.string().regex(/^[\x21-\x7e]{1,128}$/);
/** `<domain>:<issuer id>:<subject>`; a subject may have blanks inside (OpenID Connect Core §2). */
const principal = z
  .string()
  .regex(/^(admin|support|customer|partner|workload):[A-Za-z0-9][A-Za-z0-9._-]{0,63}:[\x20-\x7e]{1,255}$/);

/** RFC 9396 §2, the common fields alone. */
const authorizationDetail = z.strictObject({
  type: z.string().min(1).max(200),
  locations: names.optional(),
  actions: names.optional(),
  datatypes: names.optional(),
  identifier: z.string().max(1_000).optional(),
  privileges: names.optional(),
});
export type AuthorizationDetail = z.infer<typeof authorizationDetail>;

/** RFC 8693 §4.1. Identity claims and nothing else. */
export interface Actor {
  readonly sub: string;
  readonly act?: Actor | undefined;
}
const actor: z.ZodType<Actor> = z.strictObject({
  sub: principal,
  get act() {
    return actor.optional();
  },
});

/** RFC 9449 §6.1, RFC 8705 §3.1: exactly one. */
const confirmation = z.union([z.strictObject({ jkt: digest }), z.strictObject({ 'x5t#S256': digest })]);
export type Confirmation = z.infer<typeof confirmation>;

export const accessTokenClaims = z.object({
  iss: url,
  sub: principal,
  aud: url,
  client_id: id,
  iat: seconds,
  nbf: seconds.optional(),
  exp: seconds,
  jti: id,
  scope: z
    .string()
    .max(4_000)
    .regex(/^([\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*)?$/),
  authorization_details: z.array(authorizationDetail).max(100).optional(),
  act: actor.optional(),
  cnf: confirmation.optional(),
  acr: z.enum(['urn:writ:acr:mfa', 'urn:writ:acr:single']).optional(),
  auth_time: seconds.optional(),
  kind: z.enum(['delegation', 'impersonation']),
  grant_id: grantIdField,
  grant_chain: z.array(grantIdField).max(10).optional(),
  entitlement: id,
  project: z.string().min(1).max(128),
  purpose: z.string().max(1_000),
  bundle: sha256Field,
  consent: id.optional(),
  max_uses: z.int().positive().optional(),
  source: sha256Field.optional(),
  region: id.optional(),
  status: z.object({ status_list: z.object({ idx: seconds, uri: url }) }),
});
export type AccessTokenClaims = z.infer<typeof accessTokenClaims>;

/** The claims of the revocation snapshot: a Token Status List (draft-ietf-oauth-status-list §5.1), numbered. */
export const SNAPSHOT_TYP = 'statuslist+jwt';
export const snapshotClaims = z.object({
  /** Where it is served: what tokens name as `status.status_list.uri`. */
  sub: url,
  iss: url.optional(),
  iat: seconds,
  exp: seconds,
  /** Seconds after which to look again. */
  ttl: z.int().positive(),
  /** Rises with each: an older one is never taken again. */
  num: seconds,
  status_list: z.strictObject({ bits: z.literal(1), lst: z.string() }),
});
