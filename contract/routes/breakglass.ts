import {
  createGrantBody,
  drillSchema,
  keyPath,
  noQuery,
  registerKeyBody,
  sealedKeyList,
  sealedKeySchema,
} from '../schemas.ts';
import type { Route } from './route.ts';
import { ASKING_ERRORS } from './shared.ts';

const breakglass = { duty: 'breakglass', query: noQuery } as const;

/** What must be ready before break-glass is needed. */
export const BREAKGLASS_ROUTES = {
  registerKey: {
    ...breakglass,
    method: 'POST',
    path: '/v1/breakglass/keys',
    audience: ['signedIn'],
    summary: 'Register a hardware-held key for break-glass, before it is needed',
    body: registerKeyBody,
    success: { 201: sealedKeySchema },
    errors: ['step_up_required', 'version_conflict'],
  },
  listKeys: {
    ...breakglass,
    method: 'GET',
    path: '/v1/breakglass/keys',
    audience: ['signedIn'],
    summary: 'Your keys for break-glass',
    success: { 200: sealedKeyList },
    errors: [],
  },
  removeKey: {
    ...breakglass,
    method: 'DELETE',
    path: '/v1/breakglass/keys/{id}',
    audience: ['holder', 'admin'],
    summary: 'Take a key out of use for good',
    pathParameters: keyPath,
    success: { 200: sealedKeySchema },
    errors: ['not_found'],
  },
  drill: {
    ...breakglass,
    method: 'POST',
    path: '/v1/breakglass/drill',
    audience: ['requester'],
    summary: 'Rehearse break-glass: everything but the grant',
    sealed: true,
    body: createGrantBody,
    success: { 200: drillSchema },
    errors: ASKING_ERRORS,
  },
} as const satisfies Record<string, Route>;
