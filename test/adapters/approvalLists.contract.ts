/** What every implementation of `ApprovalLists` does, whatever it stands on. */
import { describe, expect, test } from 'vitest';
import { questionPlace } from '../../core/approvalPorts.ts';
import type { Grant, GrantState } from '../../core/grant.ts';
import type { PrincipalId } from '../../core/principal.ts';
import { NOW } from '../core/fixtures.ts';
import {
  ACTIVE,
  actingFor,
  allPages,
  birthOf,
  DANA,
  extensionOf,
  leafOf,
  movedTo,
  newGrant,
  pendingUntil,
  RETURNED,
} from './samples.ts';
import type { Open } from './stores.contract.ts';

const at = (entitlement: string, state: GrantState, requestedAt: number): Grant => {
  const grant = newGrant({ requestedAt }, state);
  return { ...grant, request: { ...grant.request, entitlement } };
};
const ids = (grants: readonly Grant[]): string[] => grants.map(({ id }) => id);
const OTHER = 'customer:shop:erik' as PrincipalId;

export function approvalListsContract(open: Open): void {
  describe('questions', () => {
    test('stand where they are asked, place by place, newest first', async () => {
      const { store, seed } = await open();
      const [a0, a1, b0, b0later, other] = [
        at('a', pendingUntil(NOW + 1_000), NOW),
        at('a', pendingUntil(NOW + 1_000, 1), NOW + 1),
        at('b', pendingUntil(NOW + 1_000), NOW + 2),
        at('b', pendingUntil(NOW + 1_000), NOW + 3),
        at('c', pendingUntil(NOW + 1_000), NOW + 4),
      ];
      await seed([a0, a1, b0, b0later, other, newGrant()]);
      const places = [questionPlace('b', 0), questionPlace('nobody', 0), questionPlace('a', 1), questionPlace('a', 0)];
      for (const limit of [1, 2, 100]) {
        const found = await allPages((page) => store.listByQuestion(places, page), limit);
        expect(found).toEqual([b0later, b0, a1, a0]);
      }
      expect(await allPages((page) => store.listByQuestion([questionPlace('c', 0)], page))).toEqual([other]);
      expect(await store.listByQuestion([], { limit: 5 })).toEqual({ items: [] });
    });

    test('move with their stage, and are gone when they are decided', async () => {
      const { store } = await open();
      const grant = at('a', pendingUntil(NOW + 1_000), NOW);
      await store.create({ grant, leaves: birthOf(grant) });
      const places = async () =>
        Promise.all(
          [0, 1].map(async (stage) =>
            ids((await store.listByQuestion([questionPlace('a', stage)], { limit: 9 })).items),
          ),
        );
      expect(await places()).toEqual([[grant.id], []]);
      const next = movedTo(grant, pendingUntil(NOW + 2_000, 1));
      await store.transition({ grant: next, leaf: leafOf(next, 'approval.given') });
      expect(await places()).toEqual([[], [grant.id]]);
      const begun = movedTo(next, ACTIVE);
      await store.transition({ grant: begun, leaf: leafOf(begun, 'grant.activated') });
      expect(await places()).toEqual([[], []]);

      const asked = { ...movedTo(begun, ACTIVE), extensions: [extensionOf(grant)] };
      await store.transition({ grant: asked, leaf: leafOf(asked, 'extension.pending') });
      expect(await places()).toEqual([[grant.id], []]);
      const over = { ...movedTo(asked, RETURNED), extensions: [extensionOf(grant, { status: 'void', at: NOW })] };
      await store.transition({ grant: over, leaf: leafOf(over, 'grant.returned') });
      expect(await places()).toEqual([[], []]);
    });

    test('are 1,000, each on one page, at one place and at many', async () => {
      const { store, seed } = await open();
      const entitlements = ['a', 'b', 'c', 'd'];
      const grants = Array.from({ length: 1_000 }, (_, i) =>
        at(entitlements[i % 4] ?? 'a', pendingUntil(NOW + 1_000, i % 2), NOW + Math.floor(i / 3)),
      );
      await seed(grants);
      const places = entitlements.flatMap((entitlement) => [0, 1].map((stage) => questionPlace(entitlement, stage)));
      const found = await allPages((page) => store.listByQuestion(places, page), 90);
      expect(found).toHaveLength(1_000);
      expect(new Set(ids(found))).toEqual(new Set(ids(grants)));
      const ofA = await allPages((page) => store.listByQuestion([questionPlace('a', 0)], page), 100);
      const expected = grants.filter(({ request }) => request.entitlement === 'a').reverse();
      expect(ids(ofA)).toEqual(ids(expected));
    });

    test('a cursor works for its own places alone', async () => {
      const { store, seed } = await open();
      await seed([at('a', pendingUntil(NOW + 1_000), NOW), at('a', pendingUntil(NOW + 1_000), NOW + 1)]);
      const { cursor = '' } = await store.listByQuestion(['a#0', 'b#0'], { limit: 1 });
      expect((await store.listByQuestion(['a#0', 'b#0'], { limit: 1, cursor })).items).toHaveLength(1);
      for (const places of [['a#0'], ['b#0', 'a#0'], []]) {
        await expect(store.listByQuestion(places, { limit: 1, cursor })).rejects.toMatchObject({
          code: 'invalid_request',
        });
      }
      await expect(store.listBySubject(DANA, { limit: 1, cursor })).rejects.toMatchObject({ code: 'invalid_request' });
    });
  });

  describe('grants of a subject', () => {
    test('are those that act for them, newest first, ended ones too', async () => {
      const { store, seed } = await open();
      const grants = [
        actingFor(DANA, { requestedAt: NOW }),
        actingFor(OTHER, { requestedAt: NOW + 1 }),
        actingFor(DANA, { requestedAt: NOW + 2 }, RETURNED),
        newGrant({ requestedAt: NOW + 3 }),
        actingFor(DANA, { requestedAt: NOW + 4 }, pendingUntil(NOW + 9)),
      ];
      await seed(grants);
      expect(await allPages((page) => store.listBySubject(DANA, page))).toEqual([grants[4], grants[2], grants[0]]);
      expect(await allPages((page) => store.listBySubject(OTHER, page))).toEqual([grants[1]]);
    });

    test('are 1,000, page by page', async () => {
      const { store, seed } = await open();
      const grants = Array.from({ length: 1_000 }, (_, i) => actingFor(DANA, { requestedAt: NOW + Math.floor(i / 2) }));
      await seed(grants);
      const found = await allPages((page) => store.listBySubject(DANA, page), 100);
      expect(ids(found)).toEqual(ids(grants).reverse());
    });
  });
}
