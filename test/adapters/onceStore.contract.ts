/** What every implementation of `OnceStore` does, whatever it stands on. */
import { describe, expect, test } from 'vitest';
import { NOW } from '../core/fixtures.ts';
import { eventOf, leafOf, newGrant } from './samples.ts';
import type { Open } from './stores.contract.ts';

export function onceStoreContract(open: Open): void {
  const UNTIL = NOW + 1_000;
  const trues = (outcomes: readonly boolean[]): number => outcomes.filter(Boolean).length;

  describe('once', () => {
    test('a mark is spent the first time only', async () => {
      const { store } = await open();
      expect(await store.spend('nonce', UNTIL)).toBe(true);
      expect(await store.spend('nonce', UNTIL + 1)).toBe(false);
      expect(await store.spend('nonce2', UNTIL)).toBe(true);
      expect(trues(await Promise.all(Array.from({ length: 20 }, () => store.spend('at once', UNTIL))))).toBe(1);
    });

    test('whether a mark was spent can be asked, and asking spends nothing', async () => {
      const { store } = await open();
      expect([await store.isSpent('nonce'), await store.isSpent('nonce')]).toEqual([false, false]);
      await store.spend('nonce', UNTIL);
      expect([await store.isSpent('nonce'), await store.isSpent('nonce2')]).toEqual([true, false]);
    });

    test('many are asked of, and spent, together', async () => {
      const { store } = await open();
      const marks = Array.from({ length: 230 }, (_, i) => `many-${i}`);
      const each = marks.map((mark) => ({ mark, until: UNTIL }));
      await store.spend('many-7', UNTIL);
      await store.spend('many-150', UNTIL);
      expect(await store.spentOf([...marks, 'many-7'])).toEqual(new Set(['many-7', 'many-150']));
      await store.spendAll([...each, ...each.slice(0, 3)]);
      expect(await store.spentOf([...marks, 'other'])).toEqual(new Set(marks));
      expect(await store.spend('many-0', UNTIL)).toBe(false);
      await store.spendAll(each);
      await Promise.all([store.spendAll([]), store.spendAll([{ mark: 'alone', until: UNTIL }])]);
      expect(await store.spentOf([])).toEqual(new Set());
      expect(await store.isSpent('alone')).toBe(true);
    });

    test('a mark may be long, and hold anything', async () => {
      const { store } = await open();
      for (const mark of ['', ' ', '💥'.repeat(3_000), '#', 'ONCE#']) {
        expect(await store.spend(mark, UNTIL)).toBe(true);
        expect(await store.spend(mark, UNTIL)).toBe(false);
      }
    });

    test('20 parallel ones append one leaf, and one is told so', async () => {
      const { store } = await open();
      const grant = newGrant();
      const attempts = Array.from({ length: 20 }, () => eventOf(grant, 'approval.reminded'));
      const outcomes = await Promise.all(attempts.map((leaf) => store.appendOnce('notice', UNTIL, leaf)));
      expect(trues(outcomes)).toBe(1);
      const winner = attempts.filter((_, i) => outcomes[i]);
      expect((await store.ofStream(grant.id, { limit: 100 })).items).toEqual(winner);
    });

    test('appends nothing where the mark is spent, and spends no mark where the leaf is not new', async () => {
      const { store } = await open();
      const grant = newGrant();
      const leaf = eventOf(grant, 'approval.reminded');
      await store.spend('spent', UNTIL);
      expect(await store.appendOnce('spent', UNTIL, leaf)).toBe(false);
      expect((await store.ofStream(grant.id, { limit: 9 })).items).toEqual([]);
      expect(await store.appendOnce('fresh', UNTIL, leaf)).toBe(true);
      expect(await store.spend('fresh', UNTIL)).toBe(false);
    });

    test('a transition’s leaf is not appended', async () => {
      const { store } = await open();
      await expect(store.appendOnce('mark', UNTIL, leafOf(newGrant(), 'grant.returned'))).rejects.toThrow(
        'only an event’s leaf stands alone',
      );
    });
  });

  describe('count', () => {
    test('counts what happened since, by key, each once', async () => {
      const { store } = await open();
      const at = (seconds: number, id: string) => ({ id, at: NOW + seconds * 1000 });
      expect(await store.count('alice', at(0, 'evt_1'), NOW - 600_000)).toBe(1);
      expect(await store.count('alice', at(0, 'evt_1'), NOW - 600_000)).toBe(1);
      expect(await store.count('alice', at(0, 'evt_2'), NOW - 600_000)).toBe(2);
      expect(await store.count('bob', at(0, 'evt_3'), NOW - 600_000)).toBe(1);
      expect(await store.count('alice', at(60, 'evt_4'), NOW)).toBe(3);
      expect(await store.count('alice', at(61, 'evt_5'), NOW + 1)).toBe(2);
    });

    test('of parallel ones, the last sees all', async () => {
      const { store } = await open();
      const counts = await Promise.all(
        Array.from({ length: 10 }, (_, i) => store.count('alice', { id: `evt_${i}`, at: NOW + i }, NOW)),
      );
      expect(Math.max(...counts)).toBe(10);
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(1);
    });
  });
}
