import { activityBody, activityReceipt, consumeBody, consumption, noQuery, snapshotText } from '../schemas.ts';
import type { Route } from './route.ts';

const told = { method: 'POST', duty: 'resources', audience: ['resourceServer'], query: noQuery } as const;

/** For resource servers: spending uses, telling what was done, and the list of what ended. */
export const RESOURCE_ROUTES = {
  consumeToken: {
    ...told,
    path: '/v1/tokens/consume',
    summary: 'Spends one use of a token; nothing else does',
    body: consumeBody,
    success: { 200: consumption },
    errors: ['token_not_active', 'uses_exhausted'],
  },
  reportActivity: {
    ...told,
    path: '/v1/activity',
    summary: 'What was done under a token, on what, with what outcome: becomes part of the evidence',
    body: activityBody,
    success: { 201: activityReceipt },
    errors: ['token_not_active'],
  },
  getSnapshot: {
    method: 'GET',
    path: '/v1/revocations/snapshot',
    duty: 'resources',
    audience: ['public'],
    summary: 'A signed, numbered, expiring list of tokens that ended early (Token Status List)',
    query: noQuery,
    produces: 'application/statuslist+jwt',
    success: { 200: snapshotText },
    errors: [],
  },
} as const satisfies Record<string, Route>;
