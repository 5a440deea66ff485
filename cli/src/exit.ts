import type { PublicErrorCode } from '../../contract/errors.ts';

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
  unauthenticated: EXIT.signedOut,
  forbidden: EXIT.denied,
  request_denied: EXIT.denied,
  issuance_denied: EXIT.denied,
  console_not_allowed: EXIT.denied,
  not_found: EXIT.notFound,
  unknown_entitlement: EXIT.notFound,
  method_not_allowed: EXIT.failure,
  grant_ended: EXIT.conflict,
  grant_not_active: EXIT.conflict,
  grant_not_cancellable: EXIT.conflict,
  session_limit_reached: EXIT.conflict,
  version_conflict: EXIT.conflict,
  payload_too_large: EXIT.failure,
  unsupported_media_type: EXIT.failure,
  idempotency_key_reused: EXIT.conflict,
  too_many_requests: EXIT.unavailable,
  internal_error: EXIT.failure,
  unavailable: EXIT.unavailable,
};
