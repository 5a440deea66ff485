/** What every implementation of `SealedKeyStore` does with keys, whatever it stands on. */
import { describe, expect, test } from 'vitest';
import { CAROL, NOW } from '../core/fixtures.ts';
import { eventOf, newGrant, requester, sealedKeyOf } from './samples.ts';
import type { Open } from './stores.contract.ts';

const ALICE = requester('alice');

export function sealedKeyStoreContract(open: Open): void {
  const log = newGrant();
  const registered = () => eventOf(log, 'breakglass.key_registered');
  const removed = () => eventOf(log, 'breakglass.key_removed');

  describe('sealed keys', () => {
    test('are found by id and by owner, with their leaves', async () => {
      const { store } = await open();
      const keys = [sealedKeyOf(ALICE), sealedKeyOf(ALICE, { holder: 'fido' }), sealedKeyOf(CAROL)];
      const leaves = keys.map(registered);
      for (const [i, key] of keys.entries()) expect(await store.putKey(key, leaves[i] ?? registered())).toBe('stored');
      expect(await store.getKey(keys[1]?.id ?? '')).toEqual(keys[1]);
      expect(await store.getKey('key-none')).toBeUndefined();
      expect(await store.keysOf(ALICE.id)).toEqual(keys.slice(0, 2));
      expect(await store.keysOf(CAROL.id)).toEqual(keys.slice(2));
      expect(await store.keysOf(requester('mallory').id)).toEqual([]);
      expect((await store.ofStream(log.id, { limit: 9 })).items).toEqual(leaves);
    });

    test('are registered once, whoever owns them', async () => {
      const { store } = await open();
      const key = sealedKeyOf(ALICE);
      await store.putKey(key, registered());
      expect(await store.putKey({ ...key, owner: CAROL }, registered())).toBe('conflict');
      expect(await store.getKey(key.id)).toEqual(key);
      expect(await store.keysOf(CAROL.id)).toEqual([]);
      expect((await store.ofStream(log.id, { limit: 9 })).items).toHaveLength(1);
    });

    test('are removed once and for good', async () => {
      const { store } = await open();
      const key = sealedKeyOf(ALICE);
      const gone = { ...key, removedAt: NOW + 1 };
      expect(await store.putKey(gone, removed())).toBe('conflict');
      await store.putKey(key, registered());
      const outcomes = await Promise.all(Array.from({ length: 5 }, () => store.putKey(gone, removed())));
      expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1);
      expect(await store.getKey(key.id)).toEqual(gone);
      expect(await store.keysOf(ALICE.id)).toEqual([gone]);
      expect(await store.putKey(key, registered())).toBe('conflict');
      expect((await store.ofStream(log.id, { limit: 9 })).items.map(({ type }) => type)).toEqual([
        'breakglass.key_registered',
        'breakglass.key_removed',
      ]);
    });
  });
}
