import { describe, expect, test } from 'vitest';
import type { Stores } from '../../../adapters/memory/store.ts';
import type { Grant } from '../../../core/grant.ts';
import { NOW } from '../../core/fixtures.ts';
import { eventOf, typesOf } from '../samples.ts';
import type { Open } from '../stores.contract.ts';
import { issuing, tokenOf, using } from './samples.ts';
import { countOf, ended, extended, MOVED, narrowed, times, withLineage, withToken } from './setup.ts';

const SPENT = { result: 'spent' };
const EXHAUSTED = { result: 'exhausted' };

export function consumingContract(open: Open): void {
  const usesOf = async (store: Stores, grant: Grant, jti: string): Promise<number | undefined> =>
    (await store.tokenState(jti, [grant.id])).token?.uses;

  describe('consume', () => {
    test('counts on the token, with a leaf', async () => {
      const { store, grant, token } = await withToken(open);
      const use = using(grant, token);
      expect(await store.consume(use)).toEqual(SPENT);
      expect(await usesOf(store, grant, token.jti)).toBe(1);
      expect((await store.ofStream(grant.id, { limit: 9 })).items.slice(3)).toEqual([use.leaf]);
    });

    test('spends a one-time token once, 20 times at once', async () => {
      const { store, grant, token } = await withToken(open);
      const outcomes = await Promise.all(times(20, () => store.consume(using(grant, token, { maxUses: 1 }))));
      expect(countOf(outcomes, 'spent')).toBe(1);
      expect(countOf(outcomes, 'exhausted')).toBe(19);
      expect(await usesOf(store, grant, token.jti)).toBe(1);
    });

    test('spends no more than a grant has, over all its tokens, 20 at once', async () => {
      const { store, grant, token } = await withToken(open);
      const other = tokenOf(grant);
      await store.issueToken(issuing(grant, { token: other }));
      const counted = [{ grantId: grant.id, maxUses: 5 }];
      const outcomes = await Promise.all(
        times(20, (index) => store.consume(using(grant, index % 2 === 0 ? token : other, { counted }))),
      );
      expect(countOf(outcomes, 'spent')).toBe(5);
      expect(countOf(outcomes, 'exhausted')).toBe(15);
      expect((await store.get(grant.id))?.uses.spent).toBe(5);
      const types = await typesOf(store, grant.id);
      expect(types.filter((type) => type === 'token.spent')).toHaveLength(5);
    });

    test('counts on every grant that it was lent on from, all or none', async () => {
      const { store, root, leaf: grant } = await withLineage(open);
      const change = issuing(grant);
      await store.issueToken(change);
      const counted = [
        { grantId: grant.id, maxUses: 9 },
        { grantId: root.id, maxUses: 1 },
      ];
      expect(await store.consume(using(grant, change.token, { counted }))).toEqual(SPENT);
      expect(await store.consume(using(grant, change.token, { counted }))).toEqual(EXHAUSTED);
      expect([(await store.get(grant.id))?.uses.spent, (await store.get(root.id))?.uses.spent]).toEqual([1, 1]);
      expect((await store.tokenState(change.token.jti, [grant.id])).token?.uses).toBe(1);
    });

    test('by the same request id spends once, also 20 times at once, also when nothing is left', async () => {
      const { store, grant, token } = await withToken(open);
      const { requestSha256 } = using(grant, token);
      const again = () =>
        store.consume(using(grant, token, { requestSha256, maxUses: 1, leaf: eventOf(grant, 'token.spent') }));
      const outcomes = await Promise.all(times(20, again));
      expect(countOf(outcomes, 'spent')).toBe(1);
      expect(countOf(outcomes, 'repeated')).toBe(19);
      expect(await usesOf(store, grant, token.jti)).toBe(1);
      await ended(store, grant);
      expect(await again()).toEqual({ result: 'repeated' });
    });

    test('a request id is one token’s own: with another it spends', async () => {
      const { store, grant, token } = await withToken(open);
      const other = tokenOf(grant);
      await store.issueToken(issuing(grant, { token: other }));
      const { requestSha256 } = using(grant, token);
      expect(await store.consume(using(grant, token, { requestSha256 }))).toEqual(SPENT);
      expect(await store.consume(using(grant, other, { requestSha256 }))).toEqual(SPENT);
    });

    test('never spends a revoked token, nor one that is not there', async () => {
      const { store, grant, token } = await withToken(open);
      await store.revokeToken(token, NOW + 1, eventOf(grant, 'token.revoked'));
      expect(await store.consume(using(grant, token, { maxUses: 1 }))).toEqual({ result: 'revoked' });
      expect(await store.consume(using(grant, tokenOf(grant)))).toEqual({ result: 'revoked' });
      expect(await usesOf(store, grant, token.jti)).toBe(0);
      expect(await typesOf(store, grant.id)).not.toContain('token.spent');
    });

    test.each<[string, (store: Stores, grant: Grant) => Promise<unknown>]>([
      ['ended', (store, grant) => ended(store, grant)],
      ['was narrowed', narrowed],
      ['moved otherwise', extended],
    ])('spends nothing of a grant that %s since it was read', async (_, move) => {
      const { store, grant, token } = await withToken(open);
      await move(store, grant);
      const counted = [{ grantId: grant.id, maxUses: 5 }];
      expect(await store.consume(using(grant, token, { counted }))).toEqual(MOVED);
      expect((await store.get(grant.id))?.uses.spent).toBe(0);
      expect(await usesOf(store, grant, token.jti)).toBe(0);
    });

    test('spends nothing once an ancestor ended', async () => {
      const { store, root, leaf: grant } = await withLineage(open);
      const change = issuing(grant);
      await store.issueToken(change);
      await ended(store, root);
      expect(await store.consume(using(grant, change.token))).toEqual(MOVED);
    });

    test('a use that comes to nothing leaves its request id free', async () => {
      const { store, grant, token } = await withToken(open);
      const { requestSha256 } = using(grant, token);
      expect(await store.consume(using(grant, token, { requestSha256, maxUses: 0 }))).toEqual(EXHAUSTED);
      expect(await store.consume(using(grant, token, { requestSha256 }))).toEqual(SPENT);
    });

    test('of a use and an end, the end loses no count', async () => {
      const { store, grant, token } = await withToken(open);
      const counted = [{ grantId: grant.id, maxUses: 50 }];
      const outcomes = await Promise.all([
        ...times(5, () => store.consume(using(grant, token, { counted }))),
        ended(store, grant).then(() => ({ result: 'ended' })),
      ]);
      expect((await store.get(grant.id))?.uses.spent).toBe(countOf(outcomes, 'spent'));
    });
  });
}
