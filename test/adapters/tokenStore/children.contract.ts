import { describe, expect, test } from 'vitest';
import type { Stores } from '../../../adapters/memory/store.ts';
import type { Grant } from '../../../core/grant.ts';
import { birthOf, newGrant } from '../samples.ts';
import type { Open } from '../stores.contract.ts';
import { childOf, tokenGrant } from './samples.ts';
import { childCompanion, COMMITTED, ended, extended, narrowed, times, withGrant, withLineage } from './setup.ts';

export function childrenContract(open: Open): void {
  const lend = (store: Stores, grant: Grant) =>
    store.create({ grant, leaves: birthOf(grant), companions: [childCompanion(grant)] });
  const REFUSED = { result: 'refused', by: 'child' };

  describe('a grant that is lent on', () => {
    test('says what it hangs on, and its parent finds it', async () => {
      const { store, root, middle, leaf } = await withLineage(open);
      expect((await store.get(leaf.id))?.lineage).toEqual([
        { grantId: root.id, holder: root.request.requester, narrowings: 0 },
        { grantId: middle.id, holder: middle.request.requester, narrowings: 0 },
      ]);
      expect(await store.childrenOf(root.id)).toEqual([middle.id]);
      expect(await store.childrenOf(middle.id)).toEqual([leaf.id]);
      expect(await store.childrenOf(leaf.id)).toEqual([]);
    });

    test.each<[string, (store: Stores, above: Grant) => Promise<unknown>]>([
      ['ended', (store, above) => ended(store, above)],
      ['was narrowed', narrowed],
    ])('does not come into being once any that it hangs on %s', async (_, move) => {
      for (const which of ['root', 'middle'] as const) {
        const { store, ...lineage } = await withLineage(open);
        await move(store, lineage[which]);
        const child = childOf(lineage.root, lineage.middle);
        expect(await lend(store, child)).toEqual(REFUSED);
        expect(await store.get(child.id)).toBeUndefined();
        expect(await store.childrenOf(lineage.middle.id)).toEqual([lineage.leaf.id]);
      }
    });

    test('comes into being from one that was narrowed before, and from one that was extended meanwhile', async () => {
      const { store, grant } = await withGrant(open);
      const narrow = await narrowed(store, grant);
      expect(await lend(store, childOf(narrow))).toEqual(COMMITTED);
      await extended(store, narrow);
      expect(await lend(store, childOf(narrow))).toEqual(COMMITTED);
    });

    test('does not come from a grant that is not there, nor from one that lends a role', async () => {
      const { store } = await open();
      expect(await lend(store, childOf(tokenGrant()))).toEqual(REFUSED);
      const role = newGrant();
      await store.create({ grant: role, leaves: birthOf(role) });
      expect(await lend(store, childOf(role))).toEqual(REFUSED);
    });

    test('many at once from one grant: all of them', async () => {
      const { store, grant } = await withGrant(open);
      const children = times(20, () => childOf(grant));
      expect(await Promise.all(children.map((child) => lend(store, child)))).toEqual(times(20, () => COMMITTED));
      expect(await store.childrenOf(grant.id)).toEqual(children.map(({ id }) => id).sort());
    });

    test('without a parent is a mistake of the caller', async () => {
      const { store } = await open();
      await expect(lend(store, tokenGrant())).rejects.toThrow('a grant that was lent on has a parent');
    });
  });
}
