import type * as z from 'zod';
import type { PublicErrorCode } from './errors.ts';
import * as schema from './schemas.ts';

/** Who a route is for. `signedIn` still sees only what policy lets it see. */
export type Audience = 'public' | 'signedIn' | 'requester' | 'holder' | 'admin' | 'auditor';

export interface Route {
  readonly method: 'GET' | 'POST';
  /** API Gateway's resource path. */
  readonly path: string;
  /** The function that answers: one duty, one role. */
  readonly duty: 'public' | 'grants' | 'aws-session' | 'audit';
  readonly audience: readonly Audience[];
  readonly summary: string;
  readonly pathParameters?: z.ZodType;
  readonly query: z.ZodType;
  readonly body?: z.ZodType;
  /** Whether an `Idempotency-Key` is honoured. */
  readonly idempotent?: true;
  readonly success: Readonly<Partial<Record<200 | 201, z.ZodType>>>;
  /** Beyond those that every route has (`COMMON_ERRORS`). */
  readonly errors: readonly PublicErrorCode[];
}

export const COMMON_ERRORS = [
  'invalid_request',
  'internal_error',
  'unavailable',
  'too_many_requests',
] as const satisfies PublicErrorCode[];
export const SIGNED_IN_ERRORS = ['unauthenticated', 'forbidden'] as const satisfies PublicErrorCode[];
export const BODY_ERRORS = ['payload_too_large', 'unsupported_media_type'] as const satisfies PublicErrorCode[];

/** The whole contract: the OpenAPI document, the access sweep, the gateway and the clients come from this table. */
export const ROUTES = {
  getHealth: {
    method: 'GET',
    path: '/v1/health',
    duty: 'public',
    audience: ['public'],
    summary: 'Whether the API answers',
    query: schema.noQuery,
    success: { 200: schema.healthSchema },
    errors: [],
  },
  getConfiguration: {
    method: 'GET',
    path: '/.well-known/writ-configuration',
    duty: 'public',
    audience: ['public'],
    summary: 'Where to sign in, and which bundle is in force',
    query: schema.noQuery,
    success: { 200: schema.configurationSchema },
    errors: [],
  },
  getOpenApi: {
    method: 'GET',
    path: '/openapi.json',
    duty: 'public',
    audience: ['public'],
    summary: 'This contract as OpenAPI 3.1',
    query: schema.noQuery,
    success: {},
    errors: [],
  },
  getMe: {
    method: 'GET',
    path: '/v1/me',
    duty: 'grants',
    audience: ['signedIn'],
    summary: 'Who Writ thinks you are',
    query: schema.noQuery,
    success: { 200: schema.meSchema },
    errors: [],
  },
  listEntitlements: {
    method: 'GET',
    path: '/v1/entitlements',
    duty: 'grants',
    audience: ['signedIn'],
    summary: 'What there is to ask for, and what would happen',
    query: schema.noQuery,
    success: { 200: schema.entitlementList },
    errors: [],
  },
  createGrant: {
    method: 'POST',
    path: '/v1/grants',
    duty: 'grants',
    audience: ['requester'],
    summary: 'Ask for a grant; with dryRun only learn the decision',
    query: schema.createGrantQuery,
    body: schema.createGrantBody,
    idempotent: true,
    success: { 200: schema.decisionSchema, 201: schema.grantSchema },
    errors: [
      'unknown_entitlement',
      'invalid_parameters',
      'duration_out_of_range',
      'start_out_of_range',
      'scope_exceeds_entitlement',
      'session_policy_too_large',
      'request_denied',
      'idempotency_key_reused',
    ],
  },
  listGrants: {
    method: 'GET',
    path: '/v1/grants',
    duty: 'grants',
    audience: ['signedIn'],
    summary: 'Your grants; for admins and auditors also everybody’s',
    query: schema.listGrantsQuery,
    success: { 200: schema.grantPage },
    errors: [],
  },
  getGrant: {
    method: 'GET',
    path: '/v1/grants/{id}',
    duty: 'grants',
    audience: ['holder', 'admin', 'auditor'],
    summary: 'One grant',
    pathParameters: schema.grantPath,
    query: schema.noQuery,
    success: { 200: schema.grantSchema },
    errors: ['not_found'],
  },
  cancelGrant: {
    method: 'POST',
    path: '/v1/grants/{id}/cancel',
    duty: 'grants',
    audience: ['holder'],
    summary: 'Withdraw a request that is not active yet',
    pathParameters: schema.grantPath,
    query: schema.noQuery,
    body: schema.emptyBody,
    idempotent: true,
    success: { 200: schema.grantSchema },
    errors: ['not_found', 'grant_ended', 'grant_not_cancellable', 'version_conflict', 'idempotency_key_reused'],
  },
  returnGrant: {
    method: 'POST',
    path: '/v1/grants/{id}/return',
    duty: 'grants',
    audience: ['holder'],
    summary: 'Give it back: its sessions are denied',
    pathParameters: schema.grantPath,
    query: schema.noQuery,
    body: schema.emptyBody,
    idempotent: true,
    success: { 200: schema.grantSchema },
    errors: ['not_found', 'grant_ended', 'grant_not_active', 'version_conflict', 'idempotency_key_reused'],
  },
  revokeGrant: {
    method: 'POST',
    path: '/v1/grants/{id}/revoke',
    duty: 'grants',
    audience: ['admin'],
    summary: 'Take it back: its sessions are denied',
    pathParameters: schema.grantPath,
    query: schema.noQuery,
    body: schema.revokeBody,
    idempotent: true,
    success: { 200: schema.grantSchema },
    errors: ['not_found', 'grant_ended', 'version_conflict', 'idempotency_key_reused'],
  },
  issueAwsCredentials: {
    method: 'POST',
    path: '/v1/grants/{id}/aws-credentials',
    duty: 'aws-session',
    audience: ['holder'],
    summary: 'A fresh AWS session, as a credential_process document',
    pathParameters: schema.grantPath,
    query: schema.noQuery,
    body: schema.emptyBody,
    success: { 200: schema.awsCredentials },
    errors: [
      'not_found',
      'grant_ended',
      'grant_not_active',
      'issuance_denied',
      'session_limit_reached',
      'version_conflict',
    ],
  },
  issueConsoleSession: {
    method: 'POST',
    path: '/v1/grants/{id}/console-session',
    duty: 'aws-session',
    audience: ['holder'],
    summary: 'A sign-in link to the AWS console',
    pathParameters: schema.grantPath,
    query: schema.noQuery,
    body: schema.emptyBody,
    success: { 200: schema.consoleSession },
    errors: [
      'not_found',
      'grant_ended',
      'grant_not_active',
      'issuance_denied',
      'session_limit_reached',
      'version_conflict',
      'console_not_allowed',
    ],
  },
  listAuditEvents: {
    method: 'GET',
    path: '/v1/audit/events',
    duty: 'audit',
    audience: ['auditor', 'holder'],
    summary: 'Audit leaves of a grant or, for auditors, of a day',
    query: schema.auditEventsQuery,
    success: { 200: schema.leafPage },
    errors: ['not_found'],
  },
} as const satisfies Record<string, Route>;

export type RouteId = keyof typeof ROUTES;

/** All codes that a route may answer with. */
export function errorsOf(route: Route): PublicErrorCode[] {
  return [
    ...COMMON_ERRORS,
    ...(route.audience.includes('public') ? [] : SIGNED_IN_ERRORS),
    ...(route.body ? BODY_ERRORS : []),
    ...route.errors,
  ];
}
