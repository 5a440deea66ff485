import { describe, expect, test } from 'vitest';
import { ALICE, NOW } from '../../core/fixtures.ts';
import {
  ACTIVE,
  all,
  batches,
  birthOf,
  eventOf,
  extensionOf,
  intentOf,
  leafOf,
  movedTo,
  newGrant,
  pendingUntil,
} from '../samples.ts';
import { withGrant } from './setup.ts';
import type { Open } from './setup.ts';

export function dueContract(open: Open): void {
  describe('what is due', () => {
    test('are grants at their next time, oldest first, and no others', async () => {
      const store = await open();
      const states = [
        { status: 'active', activatedAt: NOW, expiresAt: NOW + 30 },
        pendingUntil(NOW + 10),
        { status: 'scheduled', startsAt: NOW + 20 },
        pendingUntil(NOW + 31),
        { status: 'denied', endedAt: NOW, endedBy: ALICE },
      ] as const;
      const grants = states.map((state) => newGrant({}, state));
      for (const grant of grants) await store.create({ grant, leaves: birthOf(grant) });
      expect(await all(store.dueGrants(NOW + 9, 10))).toEqual([]);
      expect(await all(store.dueGrants(NOW + 30, 10))).toEqual([grants[1]?.id, grants[2]?.id, grants[0]?.id]);
      expect(await batches(store.dueGrants(NOW + 30, 2))).toEqual([[grants[1]?.id, grants[2]?.id], [grants[0]?.id]]);
    });

    test('are live grants when nobody may decide their extension any more', async () => {
      const { store, grant } = await withGrant(open);
      const asked = { ...movedTo(grant, ACTIVE), extensions: [extensionOf(grant)] };
      await store.transition({ grant: asked, leaf: leafOf(asked, 'extension.pending') });
      expect(await all(store.dueGrants(NOW + 299_999, 10))).toEqual([]);
      expect(await all(store.dueGrants(NOW + 300_000, 10))).toEqual([grant.id]);
    });

    test('are open intents made before a time, oldest first', async () => {
      const { store, grant } = await withGrant(open);
      const intents = [30, 10, 20].map((after) => intentOf(grant, { createdAt: NOW + after }));
      for (const intent of intents) {
        await store.intend({ intent, leaf: eventOf(grant, 'credential.intended'), maxSessions: 9 });
      }
      expect(await all(store.openIntents(NOW + 30, 10))).toEqual([intents[1], intents[2]]);
      expect(await batches(store.openIntents(NOW + 31, 1))).toEqual([[intents[1]], [intents[2]], [intents[0]]]);
    });
  });
}
