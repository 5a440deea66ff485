/** What every implementation of `WaitStore` does, whatever it stands on. */
import { describe, expect, test } from 'vitest';
import { NOW } from '../core/fixtures.ts';
import { newGrant } from './samples.ts';
import type { Open } from './stores.contract.ts';

export function waitStoreContract(open: Open): void {
  describe('a waiting workflow’s token', () => {
    test('is taken once, by one', async () => {
      const { store } = await open();
      const { id } = newGrant();
      expect(await store.takeWait(id)).toBeUndefined();
      await store.putWait(id, 'token-1', NOW + 1_000);
      const taken = await Promise.all(Array.from({ length: 10 }, () => store.takeWait(id)));
      expect(taken.filter((token) => token === 'token-1')).toHaveLength(1);
      expect(taken.filter((token) => token === undefined)).toHaveLength(9);
      expect(await store.takeWait(id)).toBeUndefined();
    });

    test('is replaced by a later one, taken or not', async () => {
      const { store } = await open();
      const { id } = newGrant();
      await store.putWait(id, 'token-1', NOW + 1_000);
      await store.putWait(id, 'token-2', NOW + 2_000);
      expect(await store.takeWait(id)).toBe('token-2');
      await store.putWait(id, 'token-3', NOW + 3_000);
      expect(await store.takeWait(id)).toBe('token-3');
    });

    test('belongs to one grant', async () => {
      const { store } = await open();
      await store.putWait(newGrant().id, 'token-1', NOW + 1_000);
      expect(await store.takeWait(newGrant().id)).toBeUndefined();
    });
  });
}
