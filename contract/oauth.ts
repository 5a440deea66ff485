import * as z from 'zod';

/**
 * The authorization server on the wire: its endpoints take forms and answer JSON as the OAuth RFCs say, so their errors
 * are not problems (RFC 9457) but `{error, error_description}` (RFC 6749 §5.2).
 */

/** Status by error code. Bad credentials of a client are 401, a missing dependency 503, everything else 400. */
export const OAUTH_ERRORS = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  invalid_scope: 400,
  invalid_target: 400,
  invalid_authorization_details: 400,
  invalid_dpop_proof: 400,
  use_dpop_nonce: 400,
  access_denied: 400,
  slow_down: 429,
  temporarily_unavailable: 503,
  server_error: 500,
} as const satisfies Record<string, number>;
export type OAuthErrorName = keyof typeof OAUTH_ERRORS;

export const GRANT_TYPES = {
  exchange: 'urn:ietf:params:oauth:grant-type:token-exchange',
  client: 'client_credentials',
  refresh: 'refresh_token',
} as const;

export const TOKEN_TYPES = {
  access: 'urn:ietf:params:oauth:token-type:access_token',
  jwt: 'urn:ietf:params:oauth:token-type:jwt',
} as const;

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Longest value of a form field, in characters: a token and its encoding. */
const TOKEN_MAX = 8_192;

const token = z.string().min(1).max(TOKEN_MAX);
const short = (max: number) => z.string().min(1).max(max);

/** Who asks (RFC 7521 §4.2). A public client gives its `client_id` alone; there are no client secrets. */
const client = {
  client_id: short(64).optional(),
  client_assertion_type: z.literal(ASSERTION_TYPE, `must be ${ASSERTION_TYPE}`).optional(),
  client_assertion: token.optional(),
};

/** RFC 6749 §3.3: one or more names, a blank between. */
const scope = z
  .string()
  .max(1_000)
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, 'must be names with one blank between');

/**
 * `POST /oauth2/token` (RFC 6749, 8693, 9396). `audience` and `resource` are lists: they alone may be repeated, and all
 * must name the one audience of the token.
 */
export const tokenForm = z.strictObject({
  grant_type: short(100),
  ...client,
  grant_id: short(64).optional(),
  subject_token: token.optional(),
  subject_token_type: short(100).optional(),
  /** A DPoP proof by the key that the subject token is bound to, where another client exchanges it. */
  subject_dpop: token.optional(),
  actor_token: token.optional(),
  actor_token_type: short(100).optional(),
  requested_token_type: short(100).optional(),
  audience: z.array(short(255)).max(4).optional(),
  resource: z.array(short(255)).max(4).optional(),
  scope: scope.optional(),
  authorization_details: short(8_192).optional(),
  refresh_token: short(512).optional(),
});
export type TokenForm = z.infer<typeof tokenForm>;

/** The fields that may be repeated (RFC 8693 §2.1, RFC 8707 §2). */
export const REPEATABLE = ['audience', 'resource'] as const;

export const tokenAnswer = z.object({
  access_token: z.string(),
  issued_token_type: z.literal(TOKEN_TYPES.access).optional(),
  token_type: z.enum(['Bearer', 'DPoP']),
  expires_in: z.number().int(),
  scope: z.string(),
  authorization_details: z.array(z.record(z.string(), z.unknown())).optional(),
  refresh_token: z.string().optional(),
});
export type TokenAnswer = z.infer<typeof tokenAnswer>;

/** `POST /oauth2/introspect` (RFC 7662) and `POST /oauth2/revoke` (RFC 7009). */
export const lookUpForm = z.strictObject({
  ...client,
  token: short(TOKEN_MAX),
  token_type_hint: short(64).optional(),
});

/** RFC 7662 §2.2: what is not for this server to know is exactly `{"active":false}`. */
export const introspectionAnswer = z.looseObject({ active: z.boolean() });

/** RFC 7009 §2.2: nothing. */
export const revocationAnswer = z.strictObject({});

/** RFC 6749 §5.2. */
export const oauthError = z.object({
  error: z.enum(Object.keys(OAUTH_ERRORS) as [OAuthErrorName, ...OAuthErrorName[]]),
  error_description: z.string().optional(),
});
