import type { Companion } from '../../core/approvalPorts.ts';
import type { Grant } from '../../core/grant.ts';
import { bucketOf, dueAt } from '../../core/grant.ts';
import type { Leaf } from '../../core/leaf.ts';
import { endedTokensOf } from '../../core/oauth/afterlife.ts';
import type { CommitOutcome, GrantStore, IdempotencyRecord, Page, PageRequest } from '../../core/ports.ts';
import type { Deny, Intent, IntentState } from '../../core/session.ts';
import { companionsOf } from './companions.ts';
import { NEWEST_FIRST, pageOf } from './page.ts';
import type { MemoryState } from './state.ts';
import { addLeaf, denyKey, leafKey, listRevoked } from './state.ts';

interface Change {
  readonly leaves: readonly Leaf[];
  readonly grant?: Grant;
  readonly companions?: readonly Companion[];
  readonly idempotency?: IdempotencyRecord;
  readonly deny?: Deny;
}

/**
 * Grants in memory, for tests of the domain: the same conditions as the tables have, checked and applied without a
 * pause in between.
 */
export function createMemoryGrantStore(state: MemoryState): GrantStore {
  const { grants, intents, denies, idempotency, leaves } = state;

  /** All or nothing, in the order of questions that the tables' adapter has. */
  function commit(change: Change, allowed: boolean, apply: () => void): CommitOutcome {
    const used = change.idempotency && idempotency.get(change.idempotency.keySha256);
    if (used) return { result: 'replayed', record: structuredClone(used) };
    if (!allowed || change.leaves.some((leaf) => leaves.has(leafKey(leaf)))) return { result: 'conflict' };
    const companions = change.grant ? companionsOf(state, change.grant, change.companions) : [];
    const refusal = companions.find(({ allowed: may }) => !may);
    if (refusal) return { result: 'refused', by: refusal.by };
    apply();
    for (const companion of companions) companion.apply();
    for (const leaf of change.leaves) addLeaf(state, leaf);
    if (change.idempotency) idempotency.set(change.idempotency.keySha256, structuredClone(change.idempotency));
    if (change.deny) denies.set(denyKey(change.deny), structuredClone(change.deny));
    return { result: 'committed' };
  }

  const isOpen = (intent: Intent): boolean => intents.get(intent.id)?.state === 'open';
  const close = (intent: Intent, to: IntentState): void => {
    intents.set(intent.id, { ...structuredClone(intent), state: to });
  };
  /** The grant, if it may lend at the intent's version. */
  const lender = (intent: Intent): Grant | undefined => {
    const stored = grants.get(intent.grantId);
    return stored?.state.status === 'active' && stored.version === intent.version ? stored : undefined;
  };
  const countOn = (grant: Grant | undefined, count: Partial<Grant['credentials']>): void => {
    if (grant) grants.set(grant.id, { ...grant, credentials: { ...grant.credentials, ...count } });
  };

  return {
    async get(id) {
      return structuredClone(grants.get(id));
    },
    async getMany(ids) {
      return [...new Set(ids)].flatMap((id) => structuredClone(grants.get(id)) ?? []);
    },
    async findIdempotent(keySha256) {
      return structuredClone(idempotency.get(keySha256));
    },

    async childrenOf(grantId) {
      return [...(state.children.get(grantId) ?? [])].sort();
    },

    async create(change) {
      const { grant } = change;
      return commit(change, !grants.has(grant.id), () => grants.set(grant.id, structuredClone(grant)));
    },

    async transition(change) {
      const { grant, leaf, unlent } = change;
      const stored = grants.get(grant.id);
      const unmoved = stored?.version === grant.version - 1;
      const allowed = unmoved && (!unlent || stored.credentials.attempts === 0);
      return commit({ ...change, leaves: [leaf] }, allowed, () => {
        if (!stored) return;
        grants.set(grant.id, moved(stored, structuredClone(grant)));
        const ended = endedTokensOf(grant);
        if (ended) listRevoked(state, ended.revoked, ended.until);
      });
    },

    async intend({ intent, leaf, maxSessions }) {
      const stored = lender(intent);
      const attempts = stored?.credentials.attempts ?? 0;
      const allowed = stored !== undefined && attempts < maxSessions && !intents.has(intent.id);
      return commit({ leaves: [leaf] }, allowed, () => {
        countOn(stored, { attempts: attempts + 1 });
        intents.set(intent.id, structuredClone(intent));
      });
    },

    async issue({ intent, leaf, at }) {
      const stored = lender(intent);
      return commit({ leaves: [leaf] }, stored !== undefined && isOpen(intent), () => {
        countOn(stored, { issued: (stored?.credentials.issued ?? 0) + 1, lastIssuedAt: at });
        close(intent, 'issued');
      });
    },

    async closeIntent(change) {
      const { intent, leaf, deny } = change;
      return commit({ leaves: [leaf], ...(deny && { deny }) }, isOpen(intent), () => {
        const stored = grants.get(intent.grantId);
        if (change.state === 'failed') countOn(stored, { attempts: (stored?.credentials.attempts ?? 0) - 1 });
        close(intent, change.state);
      });
    },

    async append(leaf) {
      if (leaf.role !== 'event') throw new TypeError('only an event’s leaf stands alone');
      if (!leaves.has(leafKey(leaf))) addLeaf(state, leaf);
    },

    listByRequester: async (requester, page) =>
      listGrants(`byRequester|${requester}`, (grant) => grant.request.requester.id === requester, page),
    listByBucket: async (bucket, page) =>
      listGrants(`byBucket|${bucket}`, (grant) => bucketOf(grant.state.status) === bucket, page),

    dueGrants(now, batch) {
      const due = [...grants.values()]
        .map((grant) => ({ id: grant.id, due: dueAt(grant) ?? Number.POSITIVE_INFINITY }))
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
    return pageOf({ list, ...NEWEST_FIRST }, [...grants.values()].filter(member), page);
  }
}

async function* batchesOf<T>(items: readonly T[], batch: number): AsyncGenerator<readonly T[]> {
  for (let i = 0; i < items.length; i += batch) yield items.slice(i, i + batch);
}

/** What a transition may change is as the moved grant has it; what was asked for, and the counters, stay. */
function moved(stored: Grant, { version, state, scope, sourceIdentity, narrowings, ...rest }: Grant): Grant {
  const { approvals, extensions, decision, requestSha256, breakGlass, narrowedAt } = rest;
  const { breakGlass: _, narrowedAt: __, ...kept } = stored;
  return {
    ...kept,
    version,
    state,
    scope,
    sourceIdentity,
    narrowings,
    ...(narrowedAt !== undefined && { narrowedAt }),
    approvals,
    extensions,
    decision,
    requestSha256,
    ...(breakGlass && { breakGlass }),
  };
}
