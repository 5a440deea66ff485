/** What DynamoDB does now and then: each write has exactly one effect, and says so. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDynamoGrantStore } from '../../../adapters/aws/dynamoGrantStore.ts';
import type { Stores } from '../../../adapters/memory/store.ts';
import { NOW } from '../../core/fixtures.ts';
import {
  all,
  birthOf,
  denyOf,
  eventOf,
  intentOf,
  leafOf,
  movedTo,
  newGrant,
  recordOf,
  RETURNED,
  ROLE_ARN,
} from '../samples.ts';
import { faultsOn } from './faultsOn.ts';
import type { Writes } from './oneEffect.ts';
import { oneEffectEach } from './oneEffect.ts';
import { storesOver } from './stores.ts';
import type { LocalTables } from './tables.ts';
import { AT_ONCE, startTables } from './tables.ts';

let tables: LocalTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const COMMITTED = { result: 'committed' };

/** An active grant with one open intent. */
async function withIntent(store: Stores) {
  const grant = newGrant();
  const intent = intentOf(grant);
  await store.create({ grant, leaves: birthOf(grant) });
  await store.intend({ intent, leaf: eventOf(grant, 'credential.intended'), maxSessions: 9 });
  return { grant, intent };
}

async function scene() {
  const store = storesOver(tables, await tables.fresh());
  return { store, ...(await withIntent(store)) };
}

const WRITES: Writes = {
  create: async (store) => {
    const grant = newGrant();
    const change = { grant, leaves: birthOf(grant), idempotency: recordOf() };
    return {
      write: () => store.create(change),
      answer: COMMITTED,
      effect: async () => [
        await store.get(grant.id),
        (await store.ofStream(grant.id, { limit: 9 })).items,
        await store.findIdempotent(change.idempotency.keySha256),
      ],
      once: [grant, change.leaves, change.idempotency],
      never: [undefined, [], undefined],
    };
  },
  transition: async (store) => {
    const { grant } = await withIntent(store);
    const moved = movedTo(grant, RETURNED);
    const change = {
      grant: moved,
      leaf: leafOf(moved, 'grant.returned'),
      deny: denyOf(grant),
      idempotency: recordOf(),
    };
    return {
      write: () => store.transition(change),
      answer: COMMITTED,
      effect: async () => [
        await store.get(grant.id),
        (await store.ofStream(grant.id, { limit: 9 })).items.slice(3),
        await store.denies(ROLE_ARN),
      ],
      once: [{ ...moved, credentials: { attempts: 1, issued: 0 } }, [change.leaf], [change.deny]],
      never: [{ ...grant, credentials: { attempts: 1, issued: 0 } }, [], []],
    };
  },
  intend: async (store) => {
    const { grant, intent } = await withIntent(store);
    const change = { intent: intentOf(grant), leaf: eventOf(grant, 'credential.intended'), maxSessions: 2 };
    return {
      write: () => store.intend(change),
      answer: COMMITTED,
      effect: async () => [
        await all(store.openIntents(NOW + 1, 9)),
        (await store.ofStream(grant.id, { limit: 9 })).items.slice(3),
        // The limit of two is used up, and no more than that.
        (await store.intend({ ...change, intent: intentOf(grant), leaf: eventOf(grant, 'credential.intended') }))
          .result,
        (await store.intend({ intent: intentOf(grant), leaf: eventOf(grant, 'credential.intended'), maxSessions: 3 }))
          .result,
      ],
      once: [expect.arrayContaining([intent, change.intent]), [change.leaf], 'conflict', 'committed'],
      never: [[intent], [], 'committed', 'committed'],
    };
  },
  issue: async (store) => {
    const { grant, intent } = await withIntent(store);
    const change = { intent, leaf: eventOf(grant, 'credential.issued'), at: NOW + 1 };
    return {
      write: () => store.issue(change),
      answer: COMMITTED,
      effect: async () => [
        (await store.get(grant.id))?.credentials,
        (await store.ofStream(grant.id, { limit: 9 })).items.slice(3),
      ],
      once: [{ attempts: 1, issued: 1, lastIssuedAt: NOW + 1 }, [change.leaf]],
      never: [{ attempts: 1, issued: 0 }, []],
    };
  },
  closeIntent: async (store) => {
    const { grant, intent } = await withIntent(store);
    const deny = denyOf(grant, { match: { sessionName: intent.id } });
    const change = { intent, state: 'failed', leaf: eventOf(grant, 'credential.failed'), deny } as const;
    const next = () =>
      store.intend({ intent: intentOf(grant), leaf: eventOf(grant, 'credential.intended'), maxSessions: 1 });
    return {
      write: () => store.closeIntent(change),
      answer: COMMITTED,
      effect: async () => [
        await all(store.openIntents(NOW + 1, 9)),
        await store.denies(ROLE_ARN),
        (await store.ofStream(grant.id, { limit: 9 })).items.slice(3),
        // The failed attempt was taken out of the count once: there is room for one.
        (await next()).result,
        (await next()).result,
      ],
      once: [[], [deny], [change.leaf], 'committed', 'conflict'],
      never: [[intent], [], [], 'conflict', 'conflict'],
    };
  },
};

oneEffectEach(() => tables, WRITES);

describe.each(Object.entries(WRITES))('%s', (_, prepare) => {
  const ready = async () => prepare(storesOver(tables, await tables.fresh()));

  test('is repeated under the token of its first leaf, so that DynamoDB knows the repeat', async () => {
    const { write } = await ready();
    const tokens: unknown[] = [];
    const name = 'noteTokens';
    tables.client.middlewareStack.add(
      (next) => (call) => {
        if ('ClientRequestToken' in call.input) tokens.push(call.input.ClientRequestToken);
        return next(call);
      },
      { step: 'initialize', name },
    );
    tables.fault = faultsOn('TransactWriteItems', 'timeoutBefore', 'conflict');
    await write();
    tables.client.middlewareStack.remove(name);
    expect(tokens).toEqual(Array.from({ length: 3 }, () => expect.stringMatching(/^evt_[0-9A-Z]{26}$/) as string));
    expect(new Set(tokens).size).toBe(1);
  });

  test('rejects after three silences: the outcome is unknown', async () => {
    const { write } = await ready();
    tables.fault = faultsOn('TransactWriteItems', 'timeoutBefore', 'timeoutBefore', 'timeoutBefore');
    await expect(write()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('rejects after eight conflicts', async () => {
    const { write } = await ready();
    tables.calls.length = 0;
    tables.fault = () => 'conflict';
    await expect(write()).rejects.toMatchObject({ name: 'TransactionCanceledException' });
    expect(tables.calls.filter((call) => /^TransactWriteItems writ-audit/.test(call))).toHaveLength(8);
  });
});

describe('after a lost answer', () => {
  test('a transition that somebody built upon is still our own', async () => {
    const other = await scene();
    const { grant } = other;
    const moved = movedTo(grant, { status: 'active', activatedAt: NOW, expiresAt: NOW + 1 });
    const next = movedTo(moved, RETURNED);
    const names = tables.calls.map((call) => call.split(' ')[1] ?? '');
    const store = createDynamoGrantStore({
      client: tables.client,
      random: () => 0,
      // Between the attempts the grant moves on, and the token's time goes by.
      sleep: async () => {
        tables.fault = () => 'none';
        expect(await other.store.transition({ grant: next, leaf: leafOf(next, 'grant.returned') })).toEqual({
          result: 'committed',
        });
        tables.advance(11 * 60_000);
      },
      grantsTable: names.find((name) => name.startsWith('writ-grants')) ?? '',
      auditTable: names.find((name) => name.startsWith('writ-audit')) ?? '',
    });
    tables.fault = faultsOn('TransactWriteItems', 'timeoutAfter');
    const leaf = leafOf(moved, 'grant.activated');
    expect(await store.transition({ grant: moved, leaf })).toEqual({ result: 'committed' });
    expect((await store.get(grant.id))?.version).toBe(next.version);
  });

  test('an appended leaf is there once', async () => {
    const { store, grant } = await scene();
    const leaf = eventOf(grant, 'credential.refused');
    tables.fault = faultsOn('PutItem', 'timeoutAfter', 'throttle', 'conflict');
    await store.append(leaf);
    expect((await store.ofStream(grant.id, { limit: 9 })).items.slice(3)).toEqual([leaf]);
  });

  test('a deny is marked with its first time', async () => {
    const { store, grant } = await scene();
    const moved = movedTo(grant, RETURNED);
    await store.transition({ grant: moved, leaf: leafOf(moved, 'grant.returned'), deny: denyOf(grant) });
    tables.fault = faultsOn('UpdateItem', 'timeoutAfter');
    await store.markApplied([denyOf(grant)], NOW + 1);
    expect(await store.denyFor(ROLE_ARN, grant.sourceIdentity)).toEqual({ ...denyOf(grant), appliedAt: NOW + 1 });
  });

  test.each(['GetItem', 'Query'])('a read is repeated: %s', async (operation) => {
    const { store, grant } = await scene();
    tables.fault = faultsOn(operation, 'timeoutBefore', 'throttle');
    expect((await store.get(grant.id))?.id).toBe(grant.id);
    expect((await store.listByBucket('live', { limit: 5 })).items).toHaveLength(1);
  });
});

describe('calls', () => {
  test('one page is one query, and no list scans', async () => {
    const { store, grant } = await scene();
    for (const list of [
      () => store.listByRequester(grant.request.requester.id, { limit: 5 }),
      () => store.listByBucket('live', { limit: 5 }),
      () => all(store.dueGrants(NOW, 5)),
      () => all(store.openIntents(NOW, 5)),
      () => store.ofStream(grant.id, { limit: 5 }),
      () => store.ofDay('2026-11-21', { limit: 5 }),
      () => store.denies(ROLE_ARN),
    ]) {
      tables.calls.length = 0;
      await list();
      expect(tables.calls.map((call) => call.replace(/ .*/, ''))).toEqual(['Query']);
    }
  });

  test('what decides is read consistently', async () => {
    const { store, grant } = await scene();
    const consistent: unknown[] = [];
    const name = 'noteConsistency';
    tables.client.middlewareStack.add(
      (next) => (call) => {
        consistent.push('ConsistentRead' in call.input && call.input.ConsistentRead);
        return next(call);
      },
      { step: 'initialize', name },
    );
    await store.get(grant.id);
    await store.findIdempotent('0'.repeat(64));
    await store.denies(ROLE_ARN);
    await store.denyFor(ROLE_ARN, grant.sourceIdentity);
    await store.ofStream(grant.id, { limit: 5 });
    tables.client.middlewareStack.remove(name);
    expect(consistent).toEqual([true, true, true, true, true]);
  });

  test('a request refused for good is not repeated', async () => {
    const { grantsTable } = await tables.fresh();
    const store = createDynamoGrantStore({
      client: tables.client,
      ...AT_ONCE,
      grantsTable,
      auditTable: 'no-such-table',
    });
    const grant = newGrant();
    await expect(store.create({ grant, leaves: birthOf(grant) })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    expect(tables.calls.filter((call) => call.endsWith(grantsTable))).toHaveLength(1);
  });
});
