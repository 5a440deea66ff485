import { describe, expect, test } from 'vitest';
import { eventOf } from '../samples.ts';
import type { Open } from '../stores.contract.ts';
import { activityOf, telling } from './samples.ts';
import { times, withToken } from './setup.ts';

export function activitiesContract(open: Open): void {
  describe('activities', () => {
    test('are kept with a leaf', async () => {
      const { store, grant, token } = await withToken(open);
      const told = telling(grant, token);
      expect(await store.record(told)).toEqual(told.activity);
      expect(await store.activitiesOf(grant.id, { limit: 9 })).toEqual({ items: [told.activity] });
      expect((await store.ofStream(grant.id, { limit: 9 })).items.slice(3)).toEqual([told.leaf]);
    });

    test('are told once a request: repeated, also 10 times at once, the first one is the answer', async () => {
      const { store, grant, token } = await withToken(open);
      const { requestSha256 } = telling(grant, token);
      const answers = await Promise.all(
        times(10, (index) => {
          const { leaf } = telling(grant, token);
          const activity = activityOf(token, { id: leaf.id, resource: `R-${index}` });
          return store.record({ activity, requestSha256, leaf });
        }),
      );
      const { items } = await store.activitiesOf(grant.id, { limit: 99 });
      expect(items).toHaveLength(1);
      expect(answers).toEqual(times(10, () => items[0]));
      expect((await store.ofStream(grant.id, { limit: 99 })).items).toHaveLength(4);
    });

    test('page by page, in the order in which they were told, and of this grant alone', async () => {
      const { store, grant, token } = await withToken(open);
      const told = times(5, () => telling(grant, token));
      for (const one of told) await store.record(one);
      const first = await store.activitiesOf(grant.id, { limit: 3 });
      expect(first.items).toEqual(told.slice(0, 3).map(({ activity }) => activity));
      const cursor = first.cursor ?? '';
      expect((await store.activitiesOf(grant.id, { limit: 3, cursor })).items).toEqual(
        told.slice(3).map(({ activity }) => activity),
      );
      expect(await store.activitiesOf('grt_00000000000000000000000000', { limit: 3 })).toEqual({ items: [] });
      await expect(store.activitiesOf('grt_00000000000000000000000000', { limit: 3, cursor })).rejects.toMatchObject({
        code: 'invalid_request',
      });
    });

    test('are not tokens: what was told is no token of the grant', async () => {
      const { store, grant, token } = await withToken(open);
      await store.record(telling(grant, token, { leaf: eventOf(grant, 'activity.reported') }));
      const live = [];
      for await (const batch of store.tokensOf(grant.id, token.issuedAt)) live.push(...batch);
      expect(live).toEqual([token]);
    });
  });
}
