import type { PublicErrorCode } from '../errors.ts';
import { grantPath, grantSchema, noQuery } from '../schemas.ts';

/** What routes of several duties have in common. */

/** Of one grant, named in the path. */
export const oneGrant = { pathParameters: grantPath, query: noQuery } as const;

/** Changes one grant and answers with it as it is then. */
export const changesGrant = {
  ...oneGrant,
  method: 'POST',
  idempotent: true,
  success: { 200: grantSchema },
} as const;

/** How a change of a grant may fail, beside its own reasons. */
export const changeErrors = (...own: PublicErrorCode[]): PublicErrorCode[] => [
  'not_found',
  ...own,
  'version_conflict',
  'idempotency_key_reused',
];

/** Why a decision on what is asked may not count, however it comes. */
export const DECISION_ERRORS: readonly PublicErrorCode[] = [
  'grant_ended',
  'grant_not_pending',
  'own_request',
  'not_an_approver',
  'request_changed',
  'already_decided',
  'outside_window',
];

/** What may be wrong with a request for a grant, whoever would decide it. */
export const ASKING_ERRORS: readonly PublicErrorCode[] = [
  'unknown_entitlement',
  'invalid_parameters',
  'duration_out_of_range',
  'start_out_of_range',
  'scope_exceeds_entitlement',
  'session_policy_too_large',
  'outside_window',
  'subject_required',
  'cannot_lend_on',
];
