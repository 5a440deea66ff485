import type { Decision } from '../../core/decision.ts';
import type { Grant, GrantState } from '../../core/grant.ts';
import type { PrincipalId, PrincipalRef } from '../../core/principal.ts';
import type { Scope } from '../../core/scope.ts';

export const NOW = Date.parse('2026-11-21T09:00:00Z');

export const ALICE: PrincipalRef = {
  id: 'admin:local-admin:alice' as PrincipalId,
  domain: 'admin',
  subject: 'alice',
  person: 'alice',
};
export const CAROL: PrincipalRef = {
  id: 'admin:local-admin:carol' as PrincipalId,
  domain: 'admin',
  subject: 'carol',
  person: 'carol',
};

export const ALLOWED: Decision = {
  outcome: 'allowed',
  policies: [{ id: 'p', effect: 'permit' }],
  reasons: [],
  bundleSha256: 'b'.repeat(64),
};

const SCOPE: Scope = [
  {
    actions: ['dynamodb:GetItem', 'dynamodb:Query'],
    resources: ['arn:aws:dynamodb:us-east-1:111122223333:table/orders'],
    leadingKeys: ['C-42'],
  },
];

export function grantIn(state: GrantState, over: Partial<Grant> = {}): Grant {
  return {
    id: 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
    version: 2,
    request: {
      entitlement: 'orders-read',
      requester: ALICE,
      parameters: { customer: 'C-42' },
      scope: SCOPE,
      durationSeconds: 600,
      purpose: 'incident',
      justification: 'look at one order',
    },
    scope: SCOPE,
    requestSha256: 'a'.repeat(64),
    decision: ALLOWED,
    approvals: [],
    extensions: [],
    requestedAt: NOW,
    state,
    sourceIdentity: 'writ-abcdefghijklmnopqrstuvwxyz',
    roleArn: 'arn:aws:iam::111122223333:role/writ/lend/writ-orders-read',
    narrowings: 0,
    uses: { spent: 0 },
    salt: '00'.repeat(16),
    credentials: { attempts: 0, issued: 0 },
    ...over,
  };
}

export const active = (over: Partial<Grant> = {}): Grant =>
  grantIn({ status: 'active', activatedAt: NOW, expiresAt: NOW + 600_000 }, over);
