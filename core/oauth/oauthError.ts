/**
 * Every way that the authorization server says no, by the code of the RFC that names it. The wire's status per code is
 * in `contract/oauth.ts`.
 */
export const OAUTH_ERROR_CODES = [
  // RFC 6749 §5.2
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  // RFC 8693 §2.2.2
  'invalid_target',
  // RFC 9396 §5
  'invalid_authorization_details',
  // RFC 9449 §5, §8
  'invalid_dpop_proof',
  'use_dpop_nonce',
  // RFC 6749 §4.1.2.1, also of use at the token endpoint
  'access_denied',
  'temporarily_unavailable',
  'server_error',
  // RFC 8628 §3.5: too many in too little time
  'slow_down',
] as const;
export type OAuthErrorCode = (typeof OAUTH_ERROR_CODES)[number];

/**
 * A refusal that a client can act upon. `description` says what was wrong and what to do instead, in the printable ASCII
 * of RFC 6749 §5.2; it never holds a token, an assertion or a proof, nor text of the request beyond names.
 */
export class OAuthError extends Error {
  readonly code: OAuthErrorCode;
  readonly description: string;

  constructor(code: OAuthErrorCode, description: string) {
    super(description);
    this.name = 'OAuthError';
    this.code = code;
    this.description = description;
  }
}
