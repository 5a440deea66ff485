import { bundleSha256 } from '../../../adapters/bundle/baked.ts';
import { loadBundle } from '../../../adapters/bundle/load.ts';
import type { Approval } from '../../../core/approval.ts';
import type { PolicyBundle } from '../../../core/bundle.ts';
import type { Grant } from '../../../core/grant.ts';
import type { PolicyContext } from '../../../core/ports.ts';
import { principalId, refOf, type Principal } from '../../../core/principal.ts';

export const NOW = Date.UTC(2026, 10, 21, 9, 30);

export const sampleBundle: PolicyBundle = loadBundle('policies');

/** The sample bundle with other policies, not validated. */
export function bundleWith(policies: Readonly<Record<string, string>>): PolicyBundle {
  const parts = { ...sampleBundle, policies };
  return { ...parts, sha256: bundleSha256(parts) };
}

export function entitlementOf(id: string, bundle: PolicyBundle = sampleBundle) {
  const found = bundle.catalogue.find((entitlement) => entitlement.id === id);
  if (!found) throw new Error(`the sample catalogue has no ${id}`);
  return found;
}

export function person(subject: string, given: Partial<Omit<Principal, 'id' | 'subject'>> = {}): Principal {
  const domain = given.domain ?? 'admin';
  const issuer = given.issuer ?? `local-${domain}`;
  return {
    id: principalId(domain, issuer, subject),
    domain,
    issuer,
    subject,
    person: subject,
    groups: ['engineers'],
    project: 'shop',
    authentication: { mfa: false, methods: ['pwd'], at: NOW - 60_000 },
    ...given,
  };
}

export const CONTEXT: PolicyContext = { now: NOW, sourceIp: '192.0.2.7' };

export function grantOf(requester: Principal, entitlement: string): Grant {
  return {
    id: 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
    version: 1,
    request: {
      entitlement,
      requester: refOf(requester),
      parameters: { customer: 'C-42' },
      scope: [],
      durationSeconds: 600,
      purpose: 'a test',
      justification: 'a test',
      ticket: 'INC-42',
    },
    requestSha256: '0'.repeat(64),
    decision: { outcome: 'allowed', policies: [], reasons: [], bundleSha256: sampleBundle.sha256 },
    scope: [],
    approvals: [],
    extensions: [],
    narrowings: 0,
    uses: { spent: 0 },
    requestedAt: NOW - 1_000,
    state: { status: 'active', activatedAt: NOW - 1_000, expiresAt: NOW + 600_000 },
    sourceIdentity: 'writ-01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
    roleArn: `arn:aws:iam::111122223333:role/writ/lend/writ-${entitlement}`,
    salt: '0'.repeat(32),
    credentials: { attempts: 0, issued: 0 },
  };
}

export function approvalBy(principal: Principal, verdict: Approval['verdict'] = 'approve'): Approval {
  return {
    id: 'apr_01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
    by: refOf(principal),
    verdict,
    comment: 'a test',
    stage: 0,
    stageSince: NOW - 1_000,
    at: NOW,
    requestSha256: '0'.repeat(64),
    bundleSha256: sampleBundle.sha256,
    via: 'api',
  };
}
