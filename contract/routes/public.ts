import { configurationSchema, grantPath, healthSchema, noQuery, page } from '../schemas.ts';
import type { Route } from './route.ts';

const open = { method: 'GET', duty: 'public', audience: ['public'], query: noQuery, errors: [] } as const;

/** What anyone may ask, without a token. */
export const PUBLIC_ROUTES = {
  getHealth: {
    ...open,
    path: '/v1/health',
    summary: 'Whether the API answers',
    success: { 200: healthSchema },
  },
  getConfiguration: {
    ...open,
    path: '/.well-known/writ-configuration',
    summary: 'Where to sign in, and which bundle is in force',
    success: { 200: configurationSchema },
  },
  getOpenApi: {
    ...open,
    path: '/openapi.json',
    summary: 'This contract as OpenAPI 3.1',
    success: {},
  },
  getRequestPage: {
    ...open,
    path: '/requests/{id}',
    summary:
      'Where links in messages lead: how to look at a grant and decide. It shows nothing of the grant, and does nothing',
    pathParameters: grantPath,
    produces: 'text/html',
    success: { 200: page },
  },
} as const satisfies Record<string, Route>;
