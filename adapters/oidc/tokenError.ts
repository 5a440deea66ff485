/** Every reason for which a bearer token is refused, as a closed list. */
export const TOKEN_ERROR_CODES = [
  'token_missing',
  'token_too_large',
  'token_malformed',
  'header_refused',
  'typ_refused',
  'alg_refused',
  'issuer_untrusted',
  'audience_mismatch',
  'signature_invalid',
  'token_expired',
  'token_not_yet_valid',
  'claim_invalid',
  'token_bound',
  'client_refused',
  'keys_unavailable',
] as const;

export type TokenErrorCode = (typeof TOKEN_ERROR_CODES)[number];

/**
 * A token was refused. The message is safe to log and to show: it names members and rules, and never holds the token,
 * a claim's value, or the error of a parser (which quotes its input).
 */
export class TokenError extends Error {
  readonly code: TokenErrorCode;
  /** 503 when the issuer's keys can't be had, so that trying again may help; 401 for all else. */
  readonly status: 401 | 503;

  constructor(code: TokenErrorCode, message: string) {
    super(message);
    this.name = 'TokenError';
    this.code = code;
    this.status = code === 'keys_unavailable' ? 503 : 401;
  }
}
