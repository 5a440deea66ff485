import { auditEventsQuery, leafPage } from '../schemas.ts';
import type { Route } from './route.ts';

/** What happened. */
export const AUDIT_ROUTES = {
  listAuditEvents: {
    method: 'GET',
    path: '/v1/audit/events',
    duty: 'audit',
    audience: ['auditor', 'holder'],
    summary: 'Audit leaves of a grant or, for auditors, of a day',
    query: auditEventsQuery,
    success: { 200: leafPage },
    errors: ['not_found'],
  },
} as const satisfies Record<string, Route>;
