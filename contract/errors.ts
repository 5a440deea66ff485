/**
 * The public error codes: a closed list. Every answer that is not a success is RFC 9457 `application/problem+json`
 * with one of them. `remediation` is what a caller reads when the place that refused has nothing better to say.
 */
export const PUBLIC_ERRORS = {
  invalid_request: {
    status: 400,
    title: 'The request is not valid',
    remediation: 'Correct the members named in `detail` and send it again.',
  },
  invalid_parameters: {
    status: 400,
    title: 'The parameters do not fit the entitlement',
    remediation: 'See GET /v1/entitlements for what it takes.',
  },
  duration_out_of_range: {
    status: 400,
    title: 'The duration is out of range',
    remediation: "Ask for a duration within the entitlement's limits.",
  },
  start_out_of_range: {
    status: 400,
    title: 'The start is out of range',
    remediation: 'Leave `startsAt` out to start now.',
  },
  scope_exceeds_entitlement: {
    status: 400,
    title: 'The scope is wider than the entitlement',
    remediation: 'Leave `scope` out, or name less.',
  },
  session_policy_too_large: {
    status: 400,
    title: 'The scope does not fit an AWS session policy',
    remediation: 'Ask for less in `scope`.',
  },
  extension_out_of_range: {
    status: 400,
    title: 'The extension is longer than the entitlement allows',
    remediation: 'Ask for less.',
  },
  not_narrower: {
    status: 400,
    title: 'The change would not make the grant smaller',
    remediation: 'A live grant only gets smaller or shorter.',
  },
  outside_window: {
    status: 400,
    title: 'The entitlement is not lent at that time',
    remediation: 'Ask for a start within one of its windows.',
  },
  cannot_lend_on: {
    status: 400,
    title: 'The grant can’t be lent on like this',
    remediation: 'Ask for less than the grant has, for an actor that may carry it.',
  },
  subject_required: {
    status: 400,
    title: 'An impersonation names whom it acts for',
    remediation: 'Give `subject`.',
  },
  unauthenticated: { status: 401, title: 'No valid access token', remediation: 'Sign in again: writ login.' },
  forbidden: { status: 403, title: 'Not for you', remediation: 'Ask somebody whose duty it is.' },
  own_request: {
    status: 403,
    title: 'Nobody decides on what they took part in',
    remediation: 'Ask one of the approvers.',
  },
  not_an_approver: {
    status: 403,
    title: 'You are not asked to decide this',
    remediation: 'See who can: writ requests.',
  },
  step_up_required: {
    status: 403,
    title: 'This decision needs a stronger sign-in',
    remediation: 'Decide with the command line after writ login --mfa.',
  },
  extension_denied: {
    status: 403,
    title: 'Policy denies the extension',
    remediation: 'Return the grant when it is over and make a new request.',
  },
  review_outstanding: {
    status: 403,
    title: 'An earlier break-glass use waits for its review',
    remediation: 'Have it reviewed first.',
  },
  request_denied: { status: 403, title: 'Policy denies the request', remediation: 'Read `decision.reasons`.' },
  issuance_denied: {
    status: 403,
    title: 'Policy no longer allows credentials for this grant',
    remediation: 'Read `decision.reasons`.',
  },
  console_not_allowed: {
    status: 403,
    title: 'The entitlement has no console sign-in',
    remediation: 'Use the command line: writ creds.',
  },
  not_found: {
    status: 404,
    title: 'There is no such thing that you may see',
    remediation: 'Check the id: writ requests.',
  },
  unknown_entitlement: {
    status: 404,
    title: 'There is no such entitlement',
    remediation: 'See what there is: writ entitlements.',
  },
  method_not_allowed: { status: 405, title: 'The path has no such method', remediation: 'See GET /openapi.json.' },
  grant_ended: { status: 409, title: 'The grant is over', remediation: 'Make a new request: writ request.' },
  token_not_active: {
    status: 409,
    title: 'The token is not good now',
    remediation: 'Refuse what it was sent for: it expired, was revoked, or is for another audience.',
  },
  uses_exhausted: {
    status: 409,
    title: 'All uses are spent',
    remediation: 'Refuse what it was sent for; its holder asks for a new grant.',
  },
  grant_not_active: { status: 409, title: 'The grant is not active', remediation: 'Wait until it is, or cancel it.' },
  grant_not_cancellable: { status: 409, title: 'The grant is active already', remediation: 'Return it: writ done.' },
  grant_not_pending: {
    status: 409,
    title: 'Nobody is asked any more',
    remediation: 'Look at the grant: writ requests.',
  },
  grant_not_ended: { status: 409, title: 'The grant is not over yet', remediation: 'Wait until it is, or revoke it.' },
  request_changed: {
    status: 409,
    title: 'Something else is asked now than what you saw',
    remediation: 'Look at it again, then decide.',
  },
  already_decided: { status: 409, title: 'You have decided this already', remediation: 'Withdraw it first.' },
  already_reviewed: { status: 409, title: 'It has been reviewed already', remediation: 'Nothing is left to do.' },
  callback_replayed: {
    status: 409,
    title: 'This message was received before',
    remediation: 'Send each message once. To tell something again, use a new id.',
  },
  approval_final: {
    status: 409,
    title: 'The approval has taken effect',
    remediation: 'To end the grant: writ revoke.',
  },
  extension_pending: {
    status: 409,
    title: 'An extension waits for a decision already',
    remediation: 'Wait for it.',
  },
  session_limit_reached: {
    status: 409,
    title: 'The grant has issued all its sessions',
    remediation: 'Return it and make a new request.',
  },
  version_conflict: {
    status: 409,
    title: 'Somebody else changed it at the same time',
    remediation: 'Look at it again, then repeat.',
  },
  payload_too_large: { status: 413, title: 'The body is too large', remediation: 'Send at most 32 kB.' },
  unsupported_media_type: {
    status: 415,
    title: 'The body is not JSON',
    remediation: 'Send content-type: application/json.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The idempotency key was used for another request',
    remediation: 'Use a new Idempotency-Key.',
  },
  too_many_pending: {
    status: 429,
    title: 'Too many of your requests wait for people',
    remediation: 'Wait for decisions, or cancel some.',
  },
  too_many_requests: {
    status: 429,
    title: 'Too many requests',
    remediation: 'Wait, then repeat with the same Idempotency-Key.',
  },
  internal_error: {
    status: 500,
    title: 'Writ failed',
    remediation: 'Repeat with the same Idempotency-Key; report `traceId` if it persists.',
  },
  unavailable: {
    status: 503,
    title: 'Something Writ depends on is unavailable',
    remediation: 'Repeat in a moment with the same Idempotency-Key.',
  },
} as const satisfies Record<string, { status: number; title: string; remediation: string }>;

export type PublicErrorCode = keyof typeof PUBLIC_ERRORS;
