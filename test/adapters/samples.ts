import { expect } from 'vitest';
import type { Approval } from '../../core/approval.ts';
import type { SealedKey } from '../../core/breakGlass.ts';
import type { Consent } from '../../core/consent.ts';
import type { Extension } from '../../core/extension.ts';
import type { Grant, GrantState } from '../../core/grant.ts';
import type { Leaf, LeafType } from '../../core/leaf.ts';
import type { AuditReader, IdempotencyRecord, Page, PageRequest } from '../../core/ports.ts';
import type { PrincipalId, PrincipalRef } from '../../core/principal.ts';
import type { Deny, Intent } from '../../core/session.ts';
import { ALICE, CAROL, grantIn, NOW } from '../core/fixtures.ts';

/** Grants, leaves, intents and denies with ids of their own, in the forms that the real ids have. */

let made = 0;
const unique = (): string => String(++made).padStart(26, '0');

export const requester = (name: string): PrincipalRef => ({
  ...ALICE,
  id: `admin:local-admin:${name}` as PrincipalId,
  subject: name,
  person: name,
});

export const ACTIVE: Extract<GrantState, { status: 'active' }> = {
  status: 'active',
  activatedAt: NOW,
  expiresAt: NOW + 600_000,
};
export const RETURNED: Extract<GrantState, { endReason: string }> = {
  status: 'returned',
  endReason: 'returned',
  endedAt: NOW + 5_000,
  endedBy: ALICE,
  activatedAt: NOW,
  expiresAt: NOW + 600_000,
};

/** Waiting for people, at the first stage unless said otherwise. */
export const pendingUntil = (lapsesAt: number, stage = 0): Extract<GrantState, { status: 'pending' }> => ({
  status: 'pending',
  stage,
  stageSince: NOW,
  lapsesAt,
});

/** The role of every sample that has one. */
export const ROLE_ARN = 'arn:aws:iam::111122223333:role/writ/lend/writ-orders-read';

export function newGrant(over: Partial<Grant> = {}, state: GrantState = ACTIVE): Grant {
  const id = unique();
  return grantIn(state, { id: `grt_${id}`, sourceIdentity: `writ-${id}`, ...over });
}

export const movedTo = (grant: Grant, state: GrantState): Grant => ({ ...grant, version: grant.version + 1, state });

export const leafOf = (grant: Grant, type: LeafType, over: Partial<Leaf> = {}): Leaf => ({
  id: `evt_${unique()}`,
  stream: grant.id,
  version: grant.version,
  role: 'transition',
  type,
  at: NOW,
  actor: { domain: 'admin', hash: 'c'.repeat(64) },
  facts: {},
  ...over,
});

export const eventOf = (grant: Grant, type: LeafType, over: Partial<Leaf> = {}): Leaf =>
  leafOf(grant, type, { role: 'event', ...over });

export const birthOf = (grant: Grant): [Leaf, Leaf] => [
  leafOf(grant, 'grant.requested', { version: 1 }),
  leafOf(grant, 'grant.activated'),
];

export const intentOf = (grant: Grant, over: Partial<Intent> = {}): Intent => ({
  id: `ses_${unique()}`,
  grantId: grant.id,
  version: grant.version,
  kind: 'api',
  roleArn: grant.roleArn ?? ROLE_ARN,
  createdAt: NOW,
  latestExpiry: NOW + 600_000,
  state: 'open',
  ...over,
});

export const denyOf = (grant: Grant, over: Partial<Deny> = {}): Deny => ({
  roleArn: grant.roleArn ?? ROLE_ARN,
  match: { sourceIdentity: grant.sourceIdentity },
  grantId: grant.id,
  createdAt: NOW,
  until: NOW + 660_000,
  ...over,
});

export const approvalOf = (grant: Grant, over: Partial<Approval> = {}): Approval => ({
  id: `apr_${unique()}`,
  by: CAROL,
  verdict: 'approve',
  comment: 'fine',
  stage: 0,
  stageSince: NOW,
  at: NOW,
  requestSha256: grant.requestSha256,
  bundleSha256: grant.decision.bundleSha256,
  via: 'api',
  ...over,
});

/** Waiting for people, unless said otherwise. */
export const extensionOf = (grant: Grant, state?: Extension['state']): Extension => ({
  id: `ext_${unique()}`,
  durationSeconds: 300,
  justification: 'not done yet',
  requestedAt: NOW,
  requestSha256: 'e'.repeat(64),
  decision: { ...grant.decision, outcome: 'needs_approval' },
  state: state ?? pendingUntil(NOW + 300_000),
  approvals: [],
});

export const DANA = 'customer:shop:dana' as PrincipalId;

/** A grant that acts for somebody. */
export function actingFor(subject: PrincipalId, over: Partial<Grant> = {}, state?: GrantState): Grant {
  const { roleArn: _, ...grant } = newGrant(over, state);
  return { ...grant, request: { ...grant.request, subject } };
}

export const consentOf = (grant: Grant, over: Partial<Consent> = {}): Consent => ({
  id: `cns_${unique()}`,
  subject: DANA,
  actor: grant.request.requester.id,
  entitlement: grant.request.entitlement,
  purpose: grant.request.purpose,
  durationSeconds: 3600,
  operations: ['orders.read'],
  givenAt: NOW,
  expiresAt: NOW + 86_400_000,
  requestSha256: grant.requestSha256,
  grantId: grant.id,
  ...over,
});

export const sealedKeyOf = (owner: PrincipalRef, over: Partial<SealedKey> = {}): SealedKey => ({
  id: `key-${unique()}`,
  owner,
  groups: ['ops'],
  project: 'shop',
  publicKey: { x: 'x'.repeat(43), y: 'y'.repeat(43) },
  holder: 'agent',
  label: 'laptop',
  registeredAt: NOW,
  registeredBy: ALICE.id,
  ...over,
});

export const recordOf = (over: Partial<IdempotencyRecord> = {}): IdempotencyRecord => ({
  keySha256: unique().padStart(64, '0'),
  bodySha256: 'd'.repeat(64),
  response: { status: 201, body: '{"id":"grt_1"}' },
  keepUntil: NOW + 86_400_000,
  ...over,
});

/** What a list gives, batch by batch. */
export async function batches<T>(list: AsyncIterable<readonly T[]>): Promise<(readonly T[])[]> {
  const found: (readonly T[])[] = [];
  for await (const batch of list) found.push(batch);
  return found;
}

/** Follows the cursors to the end; a page may be short or empty on the way. */
export async function allPages<T>(
  list: (page: PageRequest) => Promise<Page<T>>,
  limit = 2,
  between: () => Promise<unknown> = async () => undefined,
): Promise<T[]> {
  const seen: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await list({ limit, ...(cursor !== undefined && { cursor }) });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    seen.push(...page.items);
    cursor = page.cursor;
    await between();
  } while (cursor !== undefined);
  return seen;
}

export const all = async <T>(list: AsyncIterable<readonly T[]>): Promise<T[]> => (await batches(list)).flat();

export const typesOf = async (store: AuditReader, stream: string): Promise<string[]> =>
  (await store.ofStream(stream, { limit: 100 })).items.map((leaf) => leaf.type);
