import type * as z from 'zod';
import type { PublicErrorCode } from '../errors.ts';

/**
 * Who a route is for. `signedIn` still sees only what policy lets it see. `signed` is no person but a system that shares
 * a key with Writ: it has no bearer token, its messages are signed. `client` and `resourceServer` are registered
 * applications, which prove themselves by an assertion instead of a person's token.
 */
export type Audience =
  | 'public'
  | 'signed'
  | 'client'
  | 'resourceServer'
  | 'signedIn'
  | 'requester'
  | 'holder'
  | 'approver'
  | 'subject'
  | 'admin'
  | 'auditor';

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** API Gateway's resource path. */
  readonly path: string;
  /** The function that answers: one duty, one role. */
  readonly duty:
    | 'public'
    | 'grants'
    | 'approvals'
    | 'breakglass'
    | 'aws-session'
    | 'audit'
    | 'callbacks'
    | 'token'
    | 'resources'
    | 'keys';
  readonly audience: readonly Audience[];
  readonly summary: string;
  readonly pathParameters?: z.ZodType;
  readonly query: z.ZodType;
  readonly body?: z.ZodType;
  /** The body is form-encoded, with these fields. */
  readonly form?: z.ZodType;
  /** Answers as the OAuth RFCs say: errors are `{error, error_description}` and no problems. */
  readonly oauth?: true;
  /** What a success is written in. @default application/json */
  readonly produces?: 'text/html' | 'application/statuslist+jwt';
  /** Whether a sealed key's signature serves instead of a bearer token: what break-glass needs. */
  readonly sealed?: true;
  /** Whether an `Idempotency-Key` is honoured. */
  readonly idempotent?: true;
  readonly success: Readonly<Partial<Record<200 | 201, z.ZodType>>>;
  /** Beyond those that every route has (`errorsOf`). */
  readonly errors: readonly PublicErrorCode[];
}

const COMMON_ERRORS: readonly PublicErrorCode[] = [
  'invalid_request',
  'internal_error',
  'unavailable',
  'too_many_requests',
];
const SIGNED_IN_ERRORS: readonly PublicErrorCode[] = ['unauthenticated', 'forbidden'];
const BODY_ERRORS: readonly PublicErrorCode[] = ['payload_too_large', 'unsupported_media_type'];

/** All codes that a route may answer with. */
export function errorsOf(route: Route): PublicErrorCode[] {
  return [
    ...COMMON_ERRORS,
    ...(route.audience.includes('public') ? [] : SIGNED_IN_ERRORS),
    ...(route.body || route.form ? BODY_ERRORS : []),
    ...route.errors,
  ];
}
