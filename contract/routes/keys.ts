import { keyRingSchema, noQuery, rotateKeysBody } from '../schemas.ts';
import type { Route } from './route.ts';

const keys = { duty: 'keys', audience: ['admin'], query: noQuery } as const;

/** Which keys sign delegation tokens. */
export const KEY_ROUTES = {
  getKeyRing: {
    ...keys,
    method: 'GET',
    path: '/v1/keys',
    summary: 'Which generation of keys signs, and which there are',
    success: { 200: keyRingSchema },
    errors: [],
  },
  rotateKeys: {
    ...keys,
    method: 'POST',
    path: '/v1/keys/rotate',
    summary: 'Has another generation sign from now on; the public halves of all are published all the time',
    body: rotateKeysBody,
    idempotent: true,
    success: { 200: keyRingSchema },
    errors: ['step_up_required', 'version_conflict', 'idempotency_key_reused'],
  },
} as const satisfies Record<string, Route>;
