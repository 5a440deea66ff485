/** What every implementation of `GrantStore` does with what stands or falls with a grant's change. */
import { describe, expect, test } from 'vitest';
import type { Companion } from '../../core/approvalPorts.ts';
import type { Grant } from '../../core/grant.ts';
import { ALICE, NOW } from '../core/fixtures.ts';
import { ACTIVE, all, birthOf, consentOf, DANA, leafOf, movedTo, newGrant, pendingUntil, recordOf } from './samples.ts';
import type { Open, Opened } from './stores.contract.ts';

const COMMITTED = { result: 'committed' };
const REFUSED = { result: 'refused', by: 'pendingSlot' };
const TAKE: Companion = { type: 'pendingSlot', person: 'alice', change: { takeUpTo: 20 } };
const RELEASE: Companion = { type: 'pendingSlot', person: 'alice', change: 'release' };

const waiting = (): Grant => newGrant({}, pendingUntil(NOW + 1_000));
const use = (grantId: string, change: 'open' | 'close'): Companion => ({
  type: 'breakGlassUse',
  person: 'alice',
  grantId,
  change,
});

export function companionsContract(open: Open): void {
  type Store = Opened['store'];

  const create = (store: Store, grant: Grant, ...companions: Companion[]) =>
    store.create({ grant, leaves: birthOf(grant), companions });
  const move = (store: Store, grant: Grant, ...companions: Companion[]) => {
    const moved = movedTo(grant, ACTIVE);
    return store.transition({ grant: moved, leaf: leafOf(moved, 'grant.activated'), companions });
  };
  /** How many more requests of alice's may wait. */
  async function free(store: Store, max = 20): Promise<number> {
    const takeUpTo: Companion = { type: 'pendingSlot', person: 'alice', change: { takeUpTo: max } };
    let taken = 0;
    while ((await create(store, waiting(), takeUpTo)).result === 'committed') taken++;
    return taken;
  }

  async function withTaken(count: number): Promise<{ store: Store; grants: Grant[] }> {
    const { store } = await open();
    const grants = Array.from({ length: count }, waiting);
    for (const grant of grants) expect(await create(store, grant, TAKE)).toEqual(COMMITTED);
    return { store, grants };
  }

  describe('places of pending requests', () => {
    test('are 20: the 21st is refused, and nothing of it is kept', async () => {
      const { store } = await withTaken(20);
      const last = waiting();
      const idempotency = recordOf();
      const change = { grant: last, leaves: birthOf(last), companions: [TAKE], idempotency };
      expect(await store.create(change)).toEqual(REFUSED);
      expect(await store.get(last.id)).toBeUndefined();
      expect(await store.findIdempotent(idempotency.keySha256)).toBeUndefined();
      expect((await store.ofStream(last.id, { limit: 9 })).items).toEqual([]);
    });

    test('belong to one person each', async () => {
      const { store } = await withTaken(20);
      const other: Companion = { type: 'pendingSlot', person: 'bob', change: { takeUpTo: 20 } };
      expect(await create(store, waiting(), other)).toEqual(COMMITTED);
    });

    test('are never taken beyond the limit by parallel requests', async () => {
      const { store } = await open();
      const takes: Companion = { type: 'pendingSlot', person: 'alice', change: { takeUpTo: 5 } };
      const outcomes = await Promise.all(Array.from({ length: 12 }, () => create(store, waiting(), takes)));
      expect(outcomes.filter(({ result }) => result === 'committed')).toHaveLength(5);
      expect(outcomes.filter(({ result }) => result === 'refused')).toHaveLength(7);
    });

    test('are given back by the transition that wins, once', async () => {
      const { store, grants } = await withTaken(3);
      const [grant] = grants;
      if (!grant) throw new Error('no grant');
      const outcomes = await Promise.all(Array.from({ length: 8 }, () => move(store, grant, RELEASE)));
      expect(outcomes.filter(({ result }) => result === 'committed')).toHaveLength(1);
      expect(outcomes.filter(({ result }) => result === 'conflict')).toHaveLength(7);
      expect(await free(store, 4)).toBe(2);
    });

    test('that were never taken, or are given back already, are given back without effect', async () => {
      const { store } = await withTaken(2);
      const grant = newGrant({}, pendingUntil(NOW + 1_000));
      await create(store, grant);
      expect(await move(store, grant, RELEASE)).toEqual(COMMITTED);
      expect(await move(store, movedTo(grant, ACTIVE), RELEASE)).toEqual(COMMITTED);
      expect(await free(store, 4)).toBe(2);
    });

    test('that are all given back are all free', async () => {
      const { store, grants } = await withTaken(2);
      for (const grant of grants) expect(await move(store, grant, RELEASE)).toEqual(COMMITTED);
      expect(await free(store, 3)).toBe(3);
    });
  });

  describe('a use of break-glass', () => {
    test('is open until its review, and there is no second one', async () => {
      const { store } = await open();
      const grant = newGrant();
      expect(await create(store, grant, use(grant.id, 'open'))).toEqual(COMMITTED);
      expect(await store.openUseOf('alice')).toBe(grant.id);
      expect(await store.openUseOf('bob')).toBeUndefined();
      expect(await all(store.openUses())).toEqual([{ person: 'alice', grantId: grant.id }]);

      const second = newGrant();
      const refused = { result: 'refused', by: 'breakGlassUse' };
      expect(await create(store, second, use(second.id, 'open'))).toEqual(refused);
      expect(await store.get(second.id)).toBeUndefined();

      expect(await move(store, grant, use(grant.id, 'close'))).toEqual(COMMITTED);
      expect(await store.openUseOf('alice')).toBeUndefined();
      expect(await all(store.openUses())).toEqual([]);
      expect(await create(store, second, use(second.id, 'open'))).toEqual(COMMITTED);
    });

    test('is not closed in the name of another grant; one that is gone is closed', async () => {
      const { store } = await open();
      const [grant, other] = [newGrant(), newGrant()];
      await create(store, grant, use(grant.id, 'open'));
      await create(store, other);
      expect(await move(store, other, use(other.id, 'close'))).toEqual({ result: 'refused', by: 'breakGlassUse' });
      expect((await store.get(other.id))?.version).toBe(other.version);
      expect(await store.openUseOf('alice')).toBe(grant.id);
      expect(await move(store, grant, use(grant.id, 'close'))).toEqual(COMMITTED);
      expect(await move(store, other, use(other.id, 'close'))).toEqual(COMMITTED);
    });

    test('of 10 parallel ones, one is opened', async () => {
      const { store } = await open();
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, () => {
          const grant = newGrant();
          return create(store, grant, use(grant.id, 'open'));
        }),
      );
      expect(outcomes.filter(({ result }) => result === 'committed')).toHaveLength(1);
      expect(outcomes.filter(({ result }) => result === 'refused')).toHaveLength(9);
    });
  });

  describe('several companions', () => {
    const companionsFor = (grant: Grant): Companion[] => [
      { type: 'consent', consent: consentOf(grant) },
      { type: 'ticket', ticket: 'INC-1', grantId: grant.id, keepUntil: NOW + 1_000 },
      TAKE,
      use(grant.id, 'open'),
    ];

    test('are all there', async () => {
      const { store } = await open();
      const grant = waiting();
      expect(await create(store, grant, ...companionsFor(grant))).toEqual(COMMITTED);
      expect(await store.listByTicket('INC-1')).toEqual([grant.id]);
      expect(await store.consentsOf(DANA)).toHaveLength(1);
      expect(await store.openUseOf('alice')).toBe(grant.id);
      expect(await free(store, 2)).toBe(1);
    });

    test('are not there where one is refused', async () => {
      const { store } = await open();
      const first = newGrant();
      await create(store, first, use(first.id, 'open'));
      const grant = waiting();
      expect(await create(store, grant, ...companionsFor(grant))).toEqual({ result: 'refused', by: 'breakGlassUse' });
      expect(await store.listByTicket('INC-1')).toEqual([]);
      expect(await store.consentsOf(DANA)).toEqual([]);
      expect(await free(store, 2)).toBe(2);
    });

    test('are not there where the grant was moved first: a conflict, though one would be refused too', async () => {
      const { store, grants } = await withTaken(20);
      const [grant] = grants;
      if (!grant) throw new Error('no grant');
      await move(store, grant);
      const late = companionsFor(grant);
      expect(await move(store, grant, ...late)).toEqual({ result: 'conflict' });
      expect(await store.listByTicket('INC-1')).toEqual([]);
      expect(await store.openUseOf('alice')).toBeUndefined();
    });

    test('are not there where the key was used: a replay, though one would be refused and the version is old', async () => {
      const { store } = await withTaken(20);
      const idempotency = recordOf();
      const first = newGrant();
      await store.create({ grant: first, leaves: birthOf(first), idempotency });
      const replayed = { result: 'replayed', record: idempotency };
      const second = waiting();
      const companions = companionsFor(second);
      expect(await store.create({ grant: second, leaves: birthOf(second), companions, idempotency })).toEqual(replayed);
      const moved = movedTo(movedTo(first, ACTIVE), ACTIVE);
      const leaf = leafOf(moved, 'grant.activated');
      expect(await store.transition({ grant: moved, leaf, companions, idempotency })).toEqual(replayed);
      expect(await store.listByTicket('INC-1')).toEqual([]);
    });
  });

  test('a ticket’s grants are all found by it, ended ones too, and no other’s', async () => {
    const { store } = await open();
    const made = [newGrant(), newGrant({}, { status: 'denied', endedAt: NOW, endedBy: ALICE }), newGrant()];
    for (const [i, grant] of made.entries()) {
      const ticket = i < 2 ? 'INC-1' : 'INC-10';
      await create(store, grant, { type: 'ticket', ticket, grantId: grant.id, keepUntil: NOW + 1_000 });
    }
    expect(await store.listByTicket('INC-1')).toEqual(made.slice(0, 2).map(({ id }) => id));
    expect(await store.listByTicket('inc-1')).toEqual(made.slice(0, 2).map(({ id }) => id));
    expect(await store.listByTicket('INC')).toEqual([]);
  });
}
