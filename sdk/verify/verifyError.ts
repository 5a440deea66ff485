/** What a code means on the wire. `error` is OAuth's (RFC 6750 §3.1, RFC 9449 §7.1, RFC 9470 §3). */
interface Facts {
  readonly status: 400 | 401 | 403 | 503;
  readonly error?: string;
}

const INVALID_TOKEN: Facts = { status: 401, error: 'invalid_token' };
const INVALID_PROOF: Facts = { status: 401, error: 'invalid_dpop_proof' };
const UNAVAILABLE: Facts = { status: 503, error: 'temporarily_unavailable' };

/** Every reason for which a request is refused, as a closed list. */
export const VERIFY_ERRORS = {
  /** No credentials at all, so nothing is said of them. */
  token_missing: { status: 401 },
  /** Two tokens, a token in the URL, or an unreadable header. */
  credentials_refused: { status: 400, error: 'invalid_request' },
  token_too_large: INVALID_TOKEN,
  token_malformed: INVALID_TOKEN,
  header_refused: INVALID_TOKEN,
  typ_refused: INVALID_TOKEN,
  alg_refused: INVALID_TOKEN,
  signature_invalid: INVALID_TOKEN,
  claim_invalid: INVALID_TOKEN,
  issuer_mismatch: INVALID_TOKEN,
  audience_mismatch: INVALID_TOKEN,
  token_expired: INVALID_TOKEN,
  token_not_yet_valid: INVALID_TOKEN,
  token_revoked: INVALID_TOKEN,
  /** An impersonation, where none are taken. */
  kind_refused: INVALID_TOKEN,
  /** Its uses are counted, and this server does not spend them. */
  uses_uncounted: INVALID_TOKEN,
  /** A bound token as `Bearer`, or an unbound one as `DPoP`. */
  scheme_mismatch: INVALID_TOKEN,
  certificate_mismatch: INVALID_TOKEN,
  address_mismatch: INVALID_TOKEN,
  region_mismatch: INVALID_TOKEN,
  proof_missing: INVALID_PROOF,
  proof_invalid: INVALID_PROOF,
  /** By another key than the token's. */
  proof_mismatch: INVALID_PROOF,
  proof_replayed: INVALID_PROOF,
  nonce_required: { status: 401, error: 'use_dpop_nonce' },
  authentication_insufficient: { status: 401, error: 'insufficient_user_authentication' },
  scope_insufficient: { status: 403, error: 'insufficient_scope' },
  details_insufficient: { status: 403, error: 'insufficient_scope' },
  /** Whether the token was revoked can't be known now: it is not taken. */
  revocation_unknown: UNAVAILABLE,
  keys_unavailable: UNAVAILABLE,
  replay_unknown: UNAVAILABLE,
} as const satisfies Record<string, Facts>;

export type VerifyErrorCode = keyof typeof VERIFY_ERRORS;

/** What the challenge tells the client beyond the error. */
export interface ChallengeDetails {
  /** RFC 6750 §3: the scopes that would do. */
  readonly scopes?: readonly string[];
  /** RFC 9470 §3. */
  readonly acrValues?: readonly string[];
  readonly maxAgeSeconds?: number;
  /** RFC 9449 §9: to be used for the next proof. */
  readonly nonce?: string;
}

/**
 * A request or token was refused. Everything in it is safe to log and to send: it names rules, and never holds a token,
 * a proof or a claim's value.
 */
export class VerifyError extends Error {
  readonly code: VerifyErrorCode;
  readonly status: Facts['status'];
  /** OAuth's name for it; undefined where no credentials came. */
  readonly error: string | undefined;
  /** The `WWW-Authenticate` header, where there is one to send (401 and 403). */
  readonly wwwAuthenticate: string | undefined;
  /** The `DPoP-Nonce` header. */
  readonly dpopNonce: string | undefined;

  constructor(code: VerifyErrorCode, message: string, wwwAuthenticate?: string, dpopNonce?: string) {
    super(message);
    const facts: Facts = VERIFY_ERRORS[code];
    this.name = 'VerifyError';
    this.code = code;
    this.status = facts.status;
    this.error = facts.error;
    this.wwwAuthenticate = wwwAuthenticate;
    this.dpopNonce = dpopNonce;
  }

  /** The headers of the answer. */
  get headers(): Readonly<Record<string, string>> {
    return {
      'cache-control': 'no-store',
      ...(this.wwwAuthenticate !== undefined && { 'www-authenticate': this.wwwAuthenticate }),
      ...(this.dpopNonce !== undefined && { 'dpop-nonce': this.dpopNonce }),
    };
  }

  /** The body of the answer, as JSON. */
  get body(): { readonly error?: string; readonly error_description?: string } {
    return this.error === undefined ? {} : { error: this.error, error_description: this.message };
  }
}
