import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Stores } from '../../../adapters/memory/store.ts';
import type { Grant } from '../../../core/grant.ts';
import type { Revoked } from '../../../core/oauth/ports.ts';
import { NOW } from '../../core/fixtures.ts';
import { ACTIVE, all, birthOf, eventOf, leafOf, movedTo, newGrant, RETURNED, typesOf } from '../samples.ts';
import type { Open } from '../stores.contract.ts';
import { issuing, tokenGrant, tokenOf } from './samples.ts';
import { born, ended, extended, narrowed, times, withGrant, withLineage, withToken } from './setup.ts';

/** What the clocks of verifiers may differ by. */
const SKEW = 15_000;

export function revocationContract(open: Open): void {
  describe('revokeToken', () => {
    test('ends one token, once, with its leaf', async () => {
      const { store, grant, token } = await withToken(open);
      expect(await store.revokeToken(token, NOW + 1, eventOf(grant, 'token.revoked'))).toBe('revoked');
      expect(await store.revokeToken(token, NOW + 2, eventOf(grant, 'token.revoked'))).toBe('already');
      const { token: now } = await store.tokenState(token.jti, [grant.id]);
      expect(now).toEqual({ ...token, revokedAt: NOW + 1 });
      expect((await typesOf(store, grant.id)).slice(2)).toEqual(['token.issued', 'token.revoked']);
    });

    test('10 at once: one does it', async () => {
      const { store, grant, token } = await withToken(open);
      const outcomes = await Promise.all(
        times(10, () => store.revokeToken(token, NOW + 1, eventOf(grant, 'token.revoked'))),
      );
      expect(outcomes.filter((outcome) => outcome === 'revoked')).toHaveLength(1);
    });

    test('of a token that is not there does nothing', async () => {
      const { store, grant } = await withGrant(open);
      const leaf = eventOf(grant, 'token.revoked');
      expect(await store.revokeToken(tokenOf(grant), NOW, leaf)).toBe('already');
      expect(await typesOf(store, grant.id)).not.toContain('token.revoked');
    });
  });

  describe('tokenState', () => {
    test('has the token, its grant and the ancestors', async () => {
      const { store, root, middle, leaf: grant } = await withLineage(open);
      const change = issuing(grant);
      await store.issueToken(change);
      const lineage = [root.id, middle.id, grant.id];
      expect(await store.tokenState(change.token.jti, lineage)).toEqual({
        token: change.token,
        grants: [root, middle, grant],
      });
    });

    test('leaves out what is gone, and a token of another grant', async () => {
      const { store, grant, token } = await withToken(open);
      const other = await born(store, tokenGrant());
      expect(await store.tokenState('tok_none', ['grt_none', grant.id])).toEqual({ token: undefined, grants: [grant] });
      expect(await store.tokenState(token.jti, [grant.id, other.id])).toEqual({
        token: undefined,
        grants: [grant, other],
      });
    });
  });

  test('a token’s state is not asked for without its grant', async () => {
    const { store, token } = await withToken(open);
    await expect(store.tokenState(token.jti, [])).rejects.toThrow('a token has a grant');
  });

  describe('tokensOf', () => {
    test('lists what a verifier could still take, of this grant', async () => {
      const { store, grant, token } = await withToken(open);
      const other = await born(store, tokenGrant());
      await store.issueToken(issuing(other));
      const revoked = issuing(grant);
      await store.issueToken(revoked);
      await store.revokeToken(revoked.token, NOW, eventOf(grant, 'token.revoked'));
      expect(await all(store.tokensOf(grant.id, NOW))).toEqual([token]);
      expect(await all(store.tokensOf(grant.id, token.expiresAt + SKEW - 1))).toEqual([token]);
      expect(await all(store.tokensOf(grant.id, token.expiresAt + SKEW))).toEqual([]);
      expect(await all(store.tokensOf('grt_none', NOW))).toEqual([]);
    });
  });

  describe('revoked', () => {
    test('lists a revoked token until no verifier takes it', async () => {
      const { store, grant, token } = await withToken(open);
      expect(await all(store.revoked(NOW))).toEqual([]);
      await store.revokeToken(token, NOW + 1, eventOf(grant, 'token.revoked'));
      const { jti, statusIndex, expiresAt } = token;
      expect(await all(store.revoked(expiresAt + SKEW - 1))).toEqual([{ token: { jti, statusIndex, expiresAt } }]);
      expect(await all(store.revoked(expiresAt + SKEW))).toEqual([]);
    });

    /** Up to when it is listed. */
    const listedUntil = async (store: Stores, revoked: Revoked): Promise<number> => {
      const isListed = async (at: number) =>
        (await all(store.revoked(at))).some((one) => isDeepStrictEqual(one, revoked));
      expect(await isListed(NOW)).toBe(true);
      let [from, to] = [NOW, NOW + 10_000_000];
      while (to - from > 1) {
        const middle = Math.floor((from + to) / 2);
        if (await isListed(middle)) from = middle;
        else to = middle;
      }
      return to;
    };

    const until = async (over: Partial<Grant>, state: Grant['state'], narrows = false): Promise<number> => {
      const { store, grant } = await withGrant(open, over);
      await ended(store, narrows ? await narrowed(store, grant) : grant, state);
      return listedUntil(store, { grantId: grant.id });
    };

    test('lists a grant that ended until its expiry', async () => {
      expect(await until({}, RETURNED)).toBe(NOW + 600_000 + SKEW);
    });

    test('lists a grant that would have lived long until the last of its tokens is over', async () => {
      const long = { ...RETURNED, expiresAt: NOW + 9_000_000 };
      expect(await until({}, long)).toBe(RETURNED.endedAt + 3_600_000 + SKEW);
    });

    test('lists a grant that was shortened until the tokens from before are over', async () => {
      const short = { ...RETURNED, status: 'expired', endReason: 'expired', expiresAt: RETURNED.endedAt } as const;
      expect(await until({}, short, true)).toBe(RETURNED.endedAt + 3_600_000 + SKEW);
    });

    test('lists a grant that was narrowed, with how often, until the tokens from before are over', async () => {
      const { store, grant } = await withGrant(open);
      const once = await narrowed(store, grant);
      expect(await all(store.revoked(NOW))).toEqual([{ grantId: grant.id, narrowings: 1 }]);
      expect(await listedUntil(store, { grantId: grant.id, narrowings: 1 })).toBe(NOW + 3_600_000 + SKEW);
      await narrowed(store, await extended(store, once));
      expect(await all(store.revoked(NOW))).toContainEqual({ grantId: grant.id, narrowings: 2 });
    });

    test('has what was committed at once, each time', async () => {
      const { store, grant } = await withGrant(open);
      for (let round = 1; round <= 6; round++) {
        const change = issuing(grant);
        await store.issueToken(change);
        await store.revokeToken(change.token, NOW, eventOf(grant, 'token.revoked'));
        expect(await all(store.revoked(NOW))).toHaveLength(3 * round - 2);
        const over = await ended(store, await born(store, tokenGrant()));
        expect(await all(store.revoked(NOW))).toContainEqual({ grantId: over.id });
        const narrow = await narrowed(store, await born(store, tokenGrant()));
        expect(await all(store.revoked(NOW))).toContainEqual({ grantId: narrow.id, narrowings: 1 });
      }
    });

    test('lists nothing for a token that was revoked before, nor for a move that lost', async () => {
      const { store, grant, token } = await withToken(open);
      await store.revokeToken(token, NOW, eventOf(grant, 'token.revoked'));
      await store.revokeToken(token, NOW + 1, eventOf(grant, 'token.revoked'));
      expect(await all(store.revoked(NOW))).toHaveLength(1);
      const longer = await extended(store, grant);
      const late = movedTo(grant, RETURNED);
      expect(await store.transition({ grant: late, leaf: leafOf(late, 'grant.returned') })).toEqual({
        result: 'conflict',
      });
      expect(await all(store.revoked(NOW))).toHaveLength(1);
      expect(await store.get(grant.id)).toEqual(longer);
    });

    test('lists no grant that lives, never began, or lends a role', async () => {
      const { store } = await withGrant(open);
      const { activatedAt: _, expiresAt: __, ...never } = RETURNED;
      await ended(store, await born(store, tokenGrant({}, { status: 'scheduled', startsAt: NOW + 9 })), never);
      const role = newGrant({}, ACTIVE);
      await store.create({ grant: role, leaves: birthOf(role) });
      await ended(store, role);
      expect(await all(store.revoked(NOW))).toEqual([]);
    });
  });
}
