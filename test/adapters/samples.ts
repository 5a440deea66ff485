import type { Grant, GrantState } from '../../core/grant.ts';
import type { Leaf, LeafType } from '../../core/leaf.ts';
import type { IdempotencyRecord } from '../../core/ports.ts';
import type { PrincipalId, PrincipalRef } from '../../core/principal.ts';
import type { Deny, Intent } from '../../core/session.ts';
import { ALICE, grantIn, NOW } from '../core/fixtures.ts';

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

export const all = async <T>(list: AsyncIterable<readonly T[]>): Promise<T[]> => (await batches(list)).flat();
