import type { EntitlementView, GrantView } from '../../contract/schemas.ts';

/** Answers as the API gives them, for tests to vary. */

export const BUNDLE = 'b'.repeat(64);
export const GRANT_ID = 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H';
export const OTHER_GRANT_ID = 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8J';

export const sampleGrant = (more: Partial<GrantView> = {}): GrantView => ({
  id: GRANT_ID,
  status: 'active',
  version: 1,
  entitlement: 'orders-read',
  requester: { id: 'admin|alice', domain: 'admin', subject: 'alice' },
  parameters: { customer: 'C-42' },
  scope: [{ actions: ['dynamodb:Query'], resources: ['arn:aws:dynamodb:us-east-1:111122223333:table/orders'] }],
  durationSeconds: 600,
  purpose: 'incident',
  justification: 'INC-42: order missing',
  requestedAt: '2026-11-21T09:00:00.000Z',
  startsAt: '2026-11-21T09:00:00.000Z',
  activatedAt: '2026-11-21T09:00:00.000Z',
  expiresAt: '2026-11-21T09:10:00.000Z',
  decision: {
    outcome: 'allowed',
    policies: [{ id: 'low-risk', effect: 'permit' }],
    reasons: ['Low risk: automatic.'],
    bundleSha256: BUNDLE,
  },
  approvals: [],
  approvers: [],
  extensions: [],
  credentials: { issued: 0 },
  requestSha256: 'a'.repeat(64),
  ...more,
});

export const sampleEntitlement = (more: Partial<EntitlementView> = {}): EntitlementView => ({
  id: 'orders-read',
  kind: 'aws',
  title: 'Read orders',
  description: 'Query the orders table.',
  consequences: ['Shows what customers bought.'],
  project: 'shop',
  risk: 'low',
  owner: 'shop-team',
  account: '111122223333',
  region: 'us-east-1',
  ceiling: [{ actions: ['dynamodb:Query'], resources: ['arn:aws:dynamodb:us-east-1:111122223333:table/orders'] }],
  parameters: { customer: { type: 'string', description: 'whose orders', example: 'C-42' } },
  limits: { minDurationSeconds: 5, maxDurationSeconds: 3_600, maxSessions: 20 },
  console: true,
  approvers: [],
  outcome: 'allowed',
  reasons: [],
  reviewBy: '2027-06-30',
  ...more,
});
