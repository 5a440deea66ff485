/** What DynamoDB does now and then, to the stores of approvals: one effect each, with all its companions or none. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stores } from '../../../adapters/memory/store.ts';
import type { Companion } from '../../../core/approvalPorts.ts';
import { NOW } from '../../core/fixtures.ts';
import {
  actingFor,
  all,
  birthOf,
  consentOf,
  DANA,
  eventOf,
  leafOf,
  movedTo,
  newGrant,
  pendingUntil,
  recordOf,
  requester,
  RETURNED,
  sealedKeyOf,
} from '../samples.ts';
import type { Writes } from './oneEffect.ts';
import { oneEffectEach } from './oneEffect.ts';
import { storesOver } from './stores.ts';
import type { LocalTables } from './tables.ts';
import { startTables } from './tables.ts';

let tables: LocalTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const UNTIL = NOW + 60_000;
const slot = (change: Extract<Companion, { type: 'pendingSlot' }>['change']): Companion => ({
  type: 'pendingSlot',
  person: 'alice',
  change,
});

/** Whether a second request of alice's may wait beside those that do. */
async function hasRoom(store: Stores): Promise<boolean> {
  const grant = newGrant();
  const companions = [slot({ takeUpTo: 1 })];
  return (await store.create({ grant, leaves: birthOf(grant), companions })).result === 'committed';
}

const COMMITTED = { result: 'committed' };

const WRITES: Writes = {
  'a grant with its companions': async (store) => {
    const grant = actingFor(DANA, {}, pendingUntil(NOW + 1_000));
    const consent = consentOf(grant);
    const idempotency = recordOf();
    const companions: Companion[] = [
      slot({ takeUpTo: 1 }),
      { type: 'breakGlassUse', person: 'alice', grantId: grant.id, change: 'open' },
      { type: 'consent', consent },
      { type: 'ticket', ticket: 'INC-1', grantId: grant.id, keepUntil: UNTIL },
    ];
    const leaves = birthOf(grant);
    return {
      write: () => store.create({ grant, leaves, companions, idempotency }),
      answer: COMMITTED,
      effect: async () => [
        await store.get(grant.id),
        (await store.ofStream(grant.id, { limit: 9 })).items,
        await store.findIdempotent(idempotency.keySha256),
        await all(store.openUses()),
        await store.consentsOf(DANA),
        await store.listByTicket('INC-1'),
        await hasRoom(store),
      ],
      once: [grant, leaves, idempotency, [{ person: 'alice', grantId: grant.id }], [consent], [grant.id], false],
      never: [undefined, [], undefined, [], [], [], true],
    };
  },
  'a transition that gives back': async (store) => {
    const grant = newGrant({}, pendingUntil(NOW + 1_000));
    await store.create({
      grant,
      leaves: birthOf(grant),
      companions: [
        slot({ takeUpTo: 1 }),
        { type: 'breakGlassUse', person: 'alice', grantId: grant.id, change: 'open' },
      ],
    });
    const moved = movedTo(grant, RETURNED);
    const leaf = leafOf(moved, 'grant.returned');
    const companions: Companion[] = [
      slot('release'),
      { type: 'breakGlassUse', person: 'alice', grantId: grant.id, change: 'close' },
    ];
    return {
      write: () => store.transition({ grant: moved, leaf, companions, unlent: true }),
      answer: COMMITTED,
      effect: async () => [
        await store.get(grant.id),
        (await store.ofStream(grant.id, { limit: 9 })).items.slice(2),
        await store.openUseOf('alice'),
        await hasRoom(store),
        await hasRoom(store),
      ],
      once: [moved, [leaf], undefined, true, false],
      never: [grant, [], grant.id, false, false],
    };
  },
  'a withdrawal of consent': async (store) => {
    const grant = actingFor(DANA);
    const consent = consentOf(grant);
    await store.create({ grant, leaves: birthOf(grant), companions: [{ type: 'consent', consent }] });
    const withdrawn = { ...consent, withdrawnAt: NOW + 1 };
    const leaf = eventOf(grant, 'consent.withdrawn');
    return {
      write: () => store.withdrawConsent(withdrawn, leaf),
      answer: 'withdrawn',
      effect: async () => [await store.consentsOf(DANA), (await store.ofStream(grant.id, { limit: 9 })).items.slice(2)],
      once: [[withdrawn], [leaf]],
      never: [[consent], []],
    };
  },
  'a leaf that is there once': async (store) => {
    const grant = newGrant();
    const leaf = eventOf(grant, 'approval.reminded');
    return {
      write: () => store.appendOnce('mark', UNTIL, leaf),
      answer: true,
      effect: async () => [(await store.ofStream(grant.id, { limit: 9 })).items, await store.spend('mark', UNTIL)],
      once: [[leaf], false],
      never: [[], true],
    };
  },
  'a sealed key': async (store) => {
    const key = sealedKeyOf(requester('alice'));
    const leaf = eventOf(newGrant(), 'breakglass.key_registered');
    return {
      write: () => store.putKey(key, leaf),
      answer: 'stored',
      effect: async () => [
        await store.getKey(key.id),
        await store.keysOf(key.owner.id),
        (await store.ofStream(leaf.stream, { limit: 9 })).items,
      ],
      once: [key, [key], [leaf]],
      never: [undefined, [], []],
    };
  },
  'a mark': async (store) => ({
    write: () => store.spend('mark', UNTIL),
    answer: true,
    effect: () => store.spend('mark', UNTIL),
    once: false,
    never: true,
    operation: 'PutItem',
  }),
  'an occurrence': async (store) => ({
    write: () => store.count('alice', { id: 'evt_1', at: NOW }, NOW - 1),
    answer: 1,
    effect: () => store.count('alice', { id: 'evt_2', at: NOW }, NOW - 1),
    once: 2,
    never: 1,
    operation: 'PutItem',
  }),
  'a token': async (store) => ({
    write: () => store.putWait('grt_1', 'token', UNTIL),
    answer: undefined,
    effect: () => store.takeWait('grt_1'),
    once: 'token',
    never: undefined,
    operation: 'PutItem',
  }),
  'taking a token': async (store) => {
    await store.putWait('grt_1', 'token', UNTIL);
    return {
      write: () => store.takeWait('grt_1'),
      answer: 'token',
      effect: () => store.takeWait('grt_1'),
      once: undefined,
      never: 'token',
      operation: 'UpdateItem',
    };
  },
};

oneEffectEach(() => tables, WRITES);

describe('calls', () => {
  test('one page is one query, at however many places', async () => {
    const store = storesOver(tables, await tables.fresh());
    const places = Array.from({ length: 50 }, (_, i) => `e${i}#0`);
    for (const list of [
      () => store.listByQuestion(places, { limit: 5 }),
      () => store.listBySubject(DANA, { limit: 5 }),
      () => store.listByTicket('INC-1'),
      () => store.consentsOf(DANA),
      () => all(store.openUses()),
    ]) {
      tables.calls.length = 0;
      await list();
      expect(tables.calls.map((call) => call.replace(/ .*/, ''))).toEqual(['Query']);
    }
  });

  test('what decides is read consistently', async () => {
    const store = storesOver(tables, await tables.fresh());
    const key = sealedKeyOf(requester('alice'));
    await store.putKey(key, eventOf(newGrant(), 'breakglass.key_registered'));
    const reads: unknown[] = [];
    const name = 'noteConsistency';
    tables.client.middlewareStack.add(
      (next) => (call) => {
        if (!('Item' in call.input)) reads.push('ConsistentRead' in call.input && call.input.ConsistentRead);
        return next(call);
      },
      { step: 'initialize', name },
    );
    await store.consentsOf(DANA);
    await store.consentsOf(DANA, 'orders');
    await store.listByTicket('INC-1');
    await store.getKey(key.id);
    await store.keysOf(key.owner.id);
    await store.openUseOf('alice');
    await all(store.openUses());
    await store.count('alice', { id: 'evt_1', at: NOW }, NOW);
    tables.client.middlewareStack.remove(name);
    expect(reads).toEqual(Array.from({ length: 9 }, () => true));
  });
});
