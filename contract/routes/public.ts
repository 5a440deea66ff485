import { configurationSchema, grantPath, healthSchema, jwksSchema, metadataSchema, noQuery, page } from '../schemas.ts';
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
  getAuthorizationServer: {
    ...open,
    path: '/.well-known/oauth-authorization-server',
    summary: 'Authorization server metadata (RFC 8414)',
    success: { 200: metadataSchema },
  },
  getJwks: {
    ...open,
    path: '/.well-known/jwks.json',
    summary: 'The public keys of delegation tokens, those of keys that will sign and have signed too',
    success: { 200: jwksSchema },
  },
  getSnapshotJwks: {
    ...open,
    path: '/.well-known/snapshot-jwks.json',
    summary: 'The public keys of revocation snapshots, which sign nothing else',
    success: { 200: jwksSchema },
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
