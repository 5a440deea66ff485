import { describe, expect, test } from 'vitest';
import { ACTIVE, RETURNED, eventOf, leafOf, movedTo, newGrant, typesOf } from '../samples.ts';
import { end, withGrant, withIntent } from './setup.ts';
import type { Open } from './setup.ts';

export function leavesContract(open: Open): void {
  describe('leaves', () => {
    test('stand in the order of versions; what made a version before what happened under it', async () => {
      const { store, grant, intent } = await withIntent(open);
      await end(store, grant);
      await store.closeIntent({ intent, state: 'discarded', leaf: eventOf(grant, 'credential.discarded') });
      await store.append(eventOf(movedTo(grant, RETURNED), 'credential.refused'));
      expect(await typesOf(store, grant.id)).toEqual([
        'grant.requested',
        'grant.activated',
        'credential.intended',
        'credential.discarded',
        'grant.returned',
        'credential.refused',
      ]);
    });

    test('are in order beyond ten versions', async () => {
      const { store, grant } = await withGrant(open);
      let current = grant;
      for (let i = 0; i < 10; i++) {
        current = movedTo(current, ACTIVE);
        await store.transition({ grant: current, leaf: leafOf(current, 'grant.activated') });
      }
      const { items } = await store.ofStream(grant.id, { limit: 100 });
      expect(items.map((leaf) => leaf.version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    });

    test('an appended one is there once, however often it is appended', async () => {
      const { store, grant } = await withGrant(open);
      const leaf = eventOf(grant, 'credential.refused', { facts: { policies: 'a b', engineFailed: false, n: 3 } });
      await store.append(leaf);
      await store.append(leaf);
      const { items } = await store.ofStream(grant.id, { limit: 100 });
      expect(items.slice(2)).toEqual([leaf]);
    });

    test('one that is there is never overwritten', async () => {
      const { store, grant } = await withGrant(open);
      const leaf = eventOf(grant, 'credential.refused', { facts: { policies: 'first' } });
      await store.append(leaf);
      await store.append({ ...leaf, facts: { policies: 'second' } });
      expect((await store.ofStream(grant.id, { limit: 100 })).items.slice(2)).toEqual([leaf]);
    });

    test('a transition’s leaf is not appended alone', async () => {
      const { store, grant } = await withGrant(open);
      await expect(store.append(leafOf(grant, 'grant.returned'))).rejects.toThrow('only an event’s leaf stands alone');
    });

    test('are found by their UTC day, in the order of their ids', async () => {
      const store = await open();
      const midnight = Date.parse('2026-11-22T00:00:00Z');
      const grant = newGrant();
      const leaves = [midnight - 1, midnight, midnight + 1].map((at) => eventOf(grant, 'credential.refused', { at }));
      for (const leaf of [...leaves].reverse()) await store.append(leaf);
      expect((await store.ofDay('2026-11-21', { limit: 10 })).items).toEqual(leaves.slice(0, 1));
      expect((await store.ofDay('2026-11-22', { limit: 10 })).items).toEqual(leaves.slice(1));
      expect((await store.ofDay('2026-11-23', { limit: 10 })).items).toEqual([]);
    });
  });
}
