import type { PublicErrorCode } from '../../contract/errors.ts';
import type { OAuthErrorName } from '../../contract/oauth.ts';

/** What the exit code says. Documented in docs/cli.md; scripts rely on it. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  signedOut: 3,
  denied: 4,
  notFound: 5,
  conflict: 6,
  unavailable: 7,
  /** The time of `--wait` is up, and people have not answered. */
  stillPending: 8,
  lapsed: 9,
  /** By the requester, whoever typed it. */
  cancelled: 10,
  notAnApprover: 11,
  /** Something else is asked now than what was shown or named: nothing was decided. */
  changed: 12,
  /** Ctrl-C while waiting: the request stays. */
  stoppedWaiting: 13,
  /** `writ sudo` only, as other wrappers do: Writ itself failed, so the code can't be the command's. */
  wrapper: 125,
  notExecutable: 126,
  commandNotFound: 127,
  interrupted: 130,
} as const;

/** The exit code of each refusal by the API. */
export const EXIT_OF_CODE: Readonly<Record<PublicErrorCode, number>> = {
  invalid_request: EXIT.usage,
  invalid_parameters: EXIT.usage,
  duration_out_of_range: EXIT.usage,
  start_out_of_range: EXIT.usage,
  scope_exceeds_entitlement: EXIT.usage,
  session_policy_too_large: EXIT.usage,
  extension_out_of_range: EXIT.usage,
  not_narrower: EXIT.usage,
  outside_window: EXIT.usage,
  subject_required: EXIT.usage,
  cannot_lend_on: EXIT.usage,
  unauthenticated: EXIT.signedOut,
  step_up_required: EXIT.signedOut,
  forbidden: EXIT.denied,
  request_denied: EXIT.denied,
  extension_denied: EXIT.denied,
  issuance_denied: EXIT.denied,
  review_outstanding: EXIT.denied,
  console_not_allowed: EXIT.denied,
  own_request: EXIT.notAnApprover,
  not_an_approver: EXIT.notAnApprover,
  not_found: EXIT.notFound,
  unknown_entitlement: EXIT.notFound,
  method_not_allowed: EXIT.failure,
  grant_ended: EXIT.conflict,
  grant_not_active: EXIT.conflict,
  grant_not_cancellable: EXIT.conflict,
  grant_not_pending: EXIT.conflict,
  grant_not_ended: EXIT.conflict,
  already_decided: EXIT.conflict,
  already_reviewed: EXIT.conflict,
  callback_replayed: EXIT.conflict,
  approval_final: EXIT.conflict,
  extension_pending: EXIT.conflict,
  session_limit_reached: EXIT.conflict,
  token_not_active: EXIT.conflict,
  uses_exhausted: EXIT.conflict,
  version_conflict: EXIT.conflict,
  request_changed: EXIT.changed,
  payload_too_large: EXIT.failure,
  unsupported_media_type: EXIT.failure,
  idempotency_key_reused: EXIT.conflict,
  too_many_pending: EXIT.unavailable,
  too_many_requests: EXIT.unavailable,
  internal_error: EXIT.failure,
  unavailable: EXIT.unavailable,
};

/** The exit code of each refusal by the authorization server. */
export const EXIT_OF_OAUTH: Readonly<Record<OAuthErrorName, number>> = {
  invalid_request: EXIT.usage,
  invalid_scope: EXIT.usage,
  invalid_target: EXIT.usage,
  invalid_authorization_details: EXIT.usage,
  invalid_client: EXIT.denied,
  unauthorized_client: EXIT.denied,
  access_denied: EXIT.denied,
  invalid_grant: EXIT.conflict,
  slow_down: EXIT.unavailable,
  temporarily_unavailable: EXIT.unavailable,
  invalid_dpop_proof: EXIT.failure,
  use_dpop_nonce: EXIT.failure,
  unsupported_grant_type: EXIT.failure,
  server_error: EXIT.failure,
};
