import type { Grant } from '../../core/grant.ts';
import { bucketOf, dueAt } from '../../core/grant.ts';
import type { Leaf } from '../../core/leaf.ts';
import type { CommitOutcome, GrantStore, IdempotencyRecord, Page, PageRequest } from '../../core/ports.ts';
import type { Deny, Intent, IntentState } from '../../core/session.ts';
import { GRANT_POSITION, grantPosition } from '../listing/position.ts';
import { pageOf } from './page.ts';
import type { MemoryState, StoredGrant } from './state.ts';
import { denyKey, leafKey } from './state.ts';

/**
 * Grants in memory, for tests of the domain: the same conditions as the tables have, checked and applied without a
 * pause in between.
 */
export function createMemoryGrantStore(state: MemoryState): GrantStore {
  const { grants, intents, denies, idempotency, leaves } = state;

  /** All or nothing, in the order of questions that the tables' adapter has. */
  function commit(
    change: { leaves: readonly Leaf[]; idempotency?: IdempotencyRecord; deny?: Deny },
    allowed: boolean,
    apply: () => void,
  ): CommitOutcome {
    const used = change.idempotency && idempotency.get(change.idempotency.keySha256);
    if (used) return { result: 'replayed', record: structuredClone(used) };
    if (!allowed || change.leaves.some((leaf) => leaves.has(leafKey(leaf)))) return { result: 'conflict' };
    apply();
    for (const leaf of change.leaves) leaves.set(leafKey(leaf), structuredClone(leaf));
    if (change.idempotency) idempotency.set(change.idempotency.keySha256, structuredClone(change.idempotency));
    if (change.deny) denies.set(denyKey(change.deny), structuredClone(change.deny));
    return { result: 'committed' };
  }

  const isOpen = (intent: Intent): boolean => intents.get(intent.id)?.state === 'open';
  const close = (intent: Intent, to: IntentState): void => {
    intents.set(intent.id, { ...structuredClone(intent), state: to });
  };
  /** The grant, if it may lend at the intent's version. */
  const lender = (intent: Intent): StoredGrant | undefined => {
    const stored = grants.get(intent.grantId);
    return stored?.grant.state.status === 'active' && stored.grant.version === intent.version ? stored : undefined;
  };

  return {
    async get(id) {
      return structuredClone(grants.get(id)?.grant);
    },
    async findIdempotent(keySha256) {
      return structuredClone(idempotency.get(keySha256));
    },

    async create(change) {
      const { grant } = change;
      return commit(change, !grants.has(grant.id), () => {
        grants.set(grant.id, { grant: structuredClone(grant), intents: grant.credentials.issued });
      });
    },

    async transition(change) {
      const { grant, leaf } = change;
      const stored = grants.get(grant.id);
      return commit({ ...change, leaves: [leaf] }, stored?.grant.version === grant.version - 1, () => {
        if (!stored) return;
        const { version, state: moved } = structuredClone(grant);
        grants.set(grant.id, { ...stored, grant: { ...stored.grant, version, state: moved } });
      });
    },

    async intend({ intent, leaf, maxSessions }) {
      const stored = lender(intent);
      const allowed = stored !== undefined && stored.intents < maxSessions && !intents.has(intent.id);
      return commit({ leaves: [leaf] }, allowed, () => {
        if (stored) grants.set(intent.grantId, { ...stored, intents: stored.intents + 1 });
        intents.set(intent.id, structuredClone(intent));
      });
    },

    async issue({ intent, leaf, at }) {
      const stored = lender(intent);
      return commit({ leaves: [leaf] }, stored !== undefined && isOpen(intent), () => {
        if (stored) grants.set(intent.grantId, { ...stored, grant: counted(stored.grant, at) });
        close(intent, 'issued');
      });
    },

    async closeIntent(change) {
      const { intent, leaf } = change;
      return commit({ ...change, leaves: [leaf] }, isOpen(intent), () => {
        const stored = grants.get(intent.grantId);
        if (stored && change.state === 'failed') {
          grants.set(intent.grantId, { ...stored, intents: stored.intents - 1 });
        }
        close(intent, change.state);
      });
    },

    async append(leaf) {
      if (leaf.role !== 'event') throw new TypeError('only an event’s leaf stands alone');
      if (!leaves.has(leafKey(leaf))) leaves.set(leafKey(leaf), structuredClone(leaf));
    },

    listByRequester: async (requester, page) =>
      listGrants(`byRequester|${requester}`, (grant) => grant.request.requester.id === requester, page),
    listByBucket: async (bucket, page) =>
      listGrants(`byBucket|${bucket}`, (grant) => bucketOf(grant.state.status) === bucket, page),

    dueGrants(now, batch) {
      const due = [...grants.values()]
        .flatMap(({ grant: { id, state: at } }) => [{ id, due: dueAt(at) ?? Number.POSITIVE_INFINITY }])
        .filter(({ due }) => due <= now)
        .sort((a, b) => a.due - b.due)
        .map(({ id }) => id);
      return batchesOf(due, batch);
    },
    openIntents(before, batch) {
      const open = [...intents.values()]
        .filter((intent) => intent.state === 'open' && intent.createdAt < before)
        .sort((a, b) => a.createdAt - b.createdAt)
        .map((intent) => structuredClone(intent));
      return batchesOf(open, batch);
    },

    async denies(roleArn) {
      return [...denies.values()].filter((deny) => deny.roleArn === roleArn).map((deny) => structuredClone(deny));
    },
    async markApplied(applied, at) {
      for (const deny of applied) {
        const stored = denies.get(denyKey(deny));
        if (stored) denies.set(denyKey(deny), { appliedAt: at, ...stored });
      }
    },
    async denyFor(roleArn, sourceIdentity) {
      return structuredClone(denies.get(denyKey({ roleArn, match: { sourceIdentity } })));
    },
  };

  /** Newest first. */
  function listGrants(list: string, member: (grant: Grant) => boolean, page: PageRequest): Page<Grant> {
    const found = [...grants.values()].map((stored) => stored.grant).filter(member);
    return pageOf({ list, shape: GRANT_POSITION, positionOf: grantPosition, newestFirst: true }, found, page);
  }
}

async function* batchesOf<T>(items: readonly T[], batch: number): AsyncGenerator<readonly T[]> {
  for (let i = 0; i < items.length; i += batch) yield items.slice(i, i + batch);
}

const counted = (grant: Grant, at: number): Grant => ({
  ...grant,
  credentials: { issued: grant.credentials.issued + 1, lastIssuedAt: at },
});
