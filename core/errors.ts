/**
 * Every way that Writ says no, as a closed list. The wire's status and default remediation per code are in
 * `contract/errors.ts`; here a code only means something to the domain.
 */
export const ERROR_CODES = [
  'invalid_request',
  'unauthenticated',
  'forbidden',
  'not_found',
  'unknown_entitlement',
  'invalid_parameters',
  'duration_out_of_range',
  'start_out_of_range',
  'scope_exceeds_entitlement',
  'session_policy_too_large',
  'request_denied',
  'issuance_denied',
  'grant_ended',
  'grant_not_active',
  'grant_not_cancellable',
  'grant_not_pending',
  'grant_not_ended',
  'own_request',
  'not_an_approver',
  'request_changed',
  'already_decided',
  'callback_replayed',
  'approval_final',
  'extension_pending',
  'extension_denied',
  'extension_out_of_range',
  'not_narrower',
  'outside_window',
  'subject_required',
  'too_many_pending',
  'review_outstanding',
  'already_reviewed',
  'step_up_required',
  'console_not_allowed',
  'token_not_active',
  'uses_exhausted',
  'cannot_lend_on',
  'session_limit_reached',
  'version_conflict',
  'idempotency_key_reused',
  'payload_too_large',
  'unsupported_media_type',
  'method_not_allowed',
  'too_many_requests',
  'unavailable',
  'internal_error',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Facts about a refusal that are safe to show to the caller: never a token, a credential or another's data. */
export type ErrorMembers = Readonly<Record<string, unknown>>;

/** A refusal that the caller can act upon. `detail` says what was wrong, `remediation` what to do about it. */
export class WritError extends Error {
  readonly code: ErrorCode;
  readonly remediation: string | undefined;
  readonly members: ErrorMembers;

  constructor(code: ErrorCode, detail: string, options: { remediation?: string; members?: ErrorMembers } = {}) {
    super(detail);
    this.name = 'WritError';
    this.code = code;
    this.remediation = options.remediation;
    this.members = options.members ?? {};
  }
}
