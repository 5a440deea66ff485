import * as z from 'zod';
import type { AccessTokenClaims } from '../../core/oauth/accessToken.ts';
import { ACR } from '../../core/oauth/accessToken.ts';
import type { Actor } from '../../core/oauth/actorChain.ts';
import { MAX_CHAIN } from '../../core/oauth/actorChain.ts';
import type { PrincipalId } from '../../core/principal.ts';
import { DOMAINS } from '../../core/principal.ts';
import type { JsonObject } from '../../tokens/strictJson.ts';
import { isThumbprint } from '../../tokens/thumbprint.ts';

/** Of tokens that Writ signed itself, every claim is known: what is absent here is in no token of this version. */

const text = (max: number) => z.string().min(1).max(max);
const id = z.string().regex(/^[\x21-\x7e]{1,128}$/u);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/u);
const seconds = z.number().int().min(0);
const names = z.array(text(1_000)).max(100);
const principal = z
  .string()
  .regex(new RegExp(`^(?:${DOMAINS.join('|')}):[a-z0-9-]{1,32}:[\\x20-\\x7e]{1,255}$`, 'u'))
  .transform((id) => id as PrincipalId); // whoever it names is another question
const thumbprint = z.string().refine(isThumbprint);

/** `links` actors at most. */
const actor = (links: number): z.ZodType<Actor> =>
  links > 1
    ? z.strictObject({ sub: principal, act: actor(links - 1).exactOptional() })
    : z.strictObject({ sub: principal });

const detail = z.strictObject({
  type: text(200),
  locations: names.exactOptional(),
  actions: names.exactOptional(),
  datatypes: names.exactOptional(),
  identifier: text(1_000).exactOptional(),
  privileges: names.exactOptional(),
});

const claimsShape = z
  .strictObject({
    iss: text(255),
    sub: principal,
    aud: text(255),
    client_id: id,
    iat: seconds,
    exp: seconds,
    jti: id,
    scope: z.string().max(4_000),
    authorization_details: z.array(detail).max(100).exactOptional(),
    act: actor(MAX_CHAIN).exactOptional(),
    cnf: z.union([z.strictObject({ jkt: thumbprint }), z.strictObject({ 'x5t#S256': thumbprint })]).exactOptional(),
    acr: z.enum(Object.values(ACR)).exactOptional(),
    auth_time: seconds.exactOptional(),
    kind: z.enum(['delegation', 'impersonation']),
    grant_id: id,
    grant_chain: z.array(id).min(1).max(10).exactOptional(),
    entitlement: id,
    project: text(128),
    purpose: z.string().max(1_000),
    bundle: sha256,
    consent: id.exactOptional(),
    max_uses: seconds.min(1).exactOptional(),
    source: sha256.exactOptional(),
    region: id.exactOptional(),
    status: z.strictObject({ status_list: z.strictObject({ idx: seconds, uri: text(1_000) }) }),
  })
  .refine(({ iat, exp }) => exp > iat)
  // Nobody who acts in another's name does so unnamed, or with a token that anybody could use.
  .refine(({ kind, act, cnf }) => kind !== 'impersonation' || (act !== undefined && cnf !== undefined));

/**
 * The claims of a token of Writ's, each of its type and none besides; undefined for anything else. Whether they still
 * hold is another question: neither expiry nor revocation is looked at.
 */
export function parseAccessTokenClaims(payload: JsonObject): AccessTokenClaims | undefined {
  return claimsShape.safeParse(payload).data;
}

/** A claim of the type that the shape does not know does not compile, nor the other way round. */
type Parsed = z.output<typeof claimsShape>;
type Same = [keyof Parsed, keyof AccessTokenClaims] extends [keyof AccessTokenClaims, keyof Parsed] ? true : never;
true satisfies Same;
