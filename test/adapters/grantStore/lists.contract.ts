import { describe, expect, test } from 'vitest';
import type { Grant } from '../../../core/grant.ts';
import type { Page, PageRequest } from '../../../core/ports.ts';
import { ALICE, NOW } from '../../core/fixtures.ts';
import { allPages, birthOf, eventOf, newGrant, pendingUntil, requester } from '../samples.ts';
import { end, withGrant } from './setup.ts';
import type { Open } from './setup.ts';

export function listsContract(open: Open): void {
  describe('lists', () => {
    test('show grants of one requester, newest first', async () => {
      const store = await open();
      const made: Grant[] = [];
      for (const [i, name] of ['alice', 'bob', 'alice', 'alice'].entries()) {
        const grant = newGrant({ requestedAt: NOW + i });
        const owned = { ...grant, request: { ...grant.request, requester: requester(name) } };
        await store.create({ grant: owned, leaves: birthOf(owned) });
        made.push(owned);
      }
      const { items } = await store.listByRequester(requester('alice').id, { limit: 10 });
      expect(items).toEqual([made[3], made[2], made[0]]);
    });

    test('show each grant in the bucket of its state', async () => {
      const { store, grant } = await withGrant(open);
      const waiting = newGrant({}, pendingUntil(NOW + 1_000));
      const refused = newGrant({}, { status: 'denied', endedAt: NOW, endedBy: ALICE });
      await store.create({ grant: waiting, leaves: birthOf(waiting) });
      await store.create({ grant: refused, leaves: birthOf(refused) });
      const ids = async (bucket: 'pending' | 'live' | 'ended') =>
        (await store.listByBucket(bucket, { limit: 10 })).items.map((item) => item.id);
      expect([await ids('pending'), await ids('live'), await ids('ended')]).toEqual([
        [waiting.id],
        [grant.id],
        [refused.id],
      ]);
      await end(store, grant);
      expect(await ids('live')).toEqual([]);
      expect(new Set(await ids('ended'))).toEqual(new Set([grant.id, refused.id]));
    });

    test('page through everything once, whatever is added meanwhile', async () => {
      const store = await open();
      const add = async (at: number): Promise<Grant> => {
        const grant = newGrant({ requestedAt: at });
        await store.create({ grant, leaves: birthOf(grant) });
        return grant;
      };
      const made: Grant[] = [];
      for (let i = 0; i < 7; i++) made.push(await add(NOW + Math.floor(i / 2))); // some at the same time
      const seen = await allPages(
        (page) => store.listByBucket('live', page),
        2,
        () => add(NOW + 100),
      );
      expect(seen.map((grant) => grant.id)).toEqual(made.map((grant) => grant.id).reverse());
    });

    test('leaves page the same way, by stream and by day', async () => {
      const { store, grant } = await withGrant(open);
      for (let i = 0; i < 5; i++) await store.append(eventOf(grant, 'credential.refused'));
      const whole = (await store.ofStream(grant.id, { limit: 100 })).items;
      expect(whole).toHaveLength(7);
      expect(await allPages((page) => store.ofStream(grant.id, page))).toEqual(whole);
      const day = (await store.ofDay('2026-11-21', { limit: 100 })).items;
      expect(await allPages((page) => store.ofDay('2026-11-21', page))).toEqual(day);
      expect(day).toHaveLength(7);
    });

    test('a last page has no cursor, when it is not full', async () => {
      const { store } = await withGrant(open);
      expect((await store.listByBucket('live', { limit: 2 })).cursor).toBeUndefined();
    });

    test('a cursor works on its own list alone', async () => {
      const { store, grant } = await withGrant(open);
      const second = newGrant();
      await store.create({ grant: second, leaves: birthOf(second) });
      const mine = await store.listByRequester(grant.request.requester.id, { limit: 1 });
      const live = await store.listByBucket('live', { limit: 1 });
      const stream = await store.ofStream(grant.id, { limit: 1 });
      const day = await store.ofDay('2026-11-21', { limit: 1 });
      const cursors = [mine, live, stream, day].map((page) => page.cursor ?? 'none');
      const lists: ((page: PageRequest) => Promise<Page<unknown>>)[] = [
        (page) => store.listByRequester(grant.request.requester.id, page),
        (page) => store.listByBucket('live', page),
        (page) => store.ofStream(grant.id, page),
        (page) => store.ofDay('2026-11-21', page),
        (page) => store.listByRequester(requester('mallory').id, page),
        (page) => store.listByBucket('ended', page),
        (page) => store.ofStream(second.id, page),
        (page) => store.ofDay('2026-11-22', page),
      ];
      for (const [i, list] of lists.entries()) {
        for (const [j, cursor] of cursors.entries()) {
          const answer = list({ limit: 1, cursor });
          if (i === j) expect((await answer).items).toHaveLength(1);
          else await expect(answer).rejects.toMatchObject({ code: 'invalid_request' });
        }
      }
    });

    test.each(['', 'x', '!!!!', 'bm90IGEgY3Vyc29y', 'A'.repeat(1_000)])('`%s` is no cursor', async (cursor) => {
      const { store } = await withGrant(open);
      await expect(store.listByBucket('live', { limit: 1, cursor })).rejects.toMatchObject({
        code: 'invalid_request',
        message: '`cursor` belongs to no page of this list',
      });
    });
  });
}
