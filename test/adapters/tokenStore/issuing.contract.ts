import { describe, expect, test } from 'vitest';
import type { Stores } from '../../../adapters/memory/store.ts';
import type { Grant } from '../../../core/grant.ts';
import type { Mark } from '../../../core/oauth/ports.ts';
import { slotFreeAt } from '../../../core/oauth/afterlife.ts';
import { NOW } from '../../core/fixtures.ts';
import { all, eventOf, leafOf, movedTo, newGrant, RETURNED, typesOf } from '../samples.ts';
import type { Open } from '../stores.contract.ts';
import { issuing, markOf, tokenGrant, tokenOf } from './samples.ts';
import {
  born,
  COMMITTED,
  countOf,
  ended,
  extended,
  MOVED,
  narrowed,
  times,
  withGrant,
  withLineage,
  withToken,
} from './setup.ts';

export function issuingContract(open: Open): void {
  describe('issueToken', () => {
    test('records the token with its leaf', async () => {
      const { store, grant, token, change } = await withToken(open);
      expect(await store.tokenState(token.jti, [grant.id])).toEqual({ token, grants: [grant] });
      expect((await store.ofStream(grant.id, { limit: 9 })).items.slice(2)).toEqual([change.leaf]);
    });

    test('50 of one grant at once all come into being', async () => {
      const { store, grant } = await withGrant(open);
      const changes = times(50, () => issuing(grant, { marks: [markOf()] }));
      const outcomes = await Promise.all(changes.map((change) => store.issueToken(change)));
      expect(countOf(outcomes, 'committed')).toBe(50);
      expect(await all(store.tokensOf(grant.id, NOW))).toHaveLength(50);
      expect(await store.get(grant.id)).toEqual(grant);
    });

    test.each<[string, (store: Stores, grant: Grant) => Promise<unknown>]>([
      ['ended', (store, grant) => ended(store, grant)],
      ['was narrowed', narrowed],
      ['moved otherwise', extended],
    ])('nothing comes of a grant that %s since it was read (I1)', async (_, move) => {
      const { store, grant } = await withGrant(open);
      await move(store, grant);
      const change = issuing(grant, { marks: [markOf()] });
      expect(await store.issueToken(change)).toEqual(MOVED);
      expect(await all(store.tokensOf(grant.id, NOW))).toEqual([]);
      expect(await typesOf(store, grant.id)).not.toContain('token.issued');
    });

    test('a grant that moved gives tokens at its new version', async () => {
      const { store, grant } = await withGrant(open);
      expect(await store.issueToken(issuing(await narrowed(store, grant)))).toEqual(COMMITTED);
    });

    test.each<[string, Grant]>([
      ['a grant that waits', tokenGrant({}, { status: 'scheduled', startsAt: NOW + 1 })],
      ['a grant that lends a role', newGrant()],
    ])('nothing comes of %s', async (_, grant) => {
      const { store } = await open();
      expect(await store.issueToken(issuing(await born(store, grant)))).toEqual(MOVED);
    });

    test('nothing comes of a grant that is not there', async () => {
      const { store } = await open();
      expect(await store.issueToken(issuing(tokenGrant()))).toEqual(MOVED);
    });

    test.each<[string, (store: Stores, above: Grant) => Promise<unknown>]>([
      ['ended', (store, above) => ended(store, above)],
      ['was narrowed', narrowed],
    ])('nothing comes of a grant once any that it hangs on %s (I1)', async (_, move) => {
      for (const which of ['root', 'middle'] as const) {
        const lineage = await withLineage(open);
        const { store, leaf: grant } = lineage;
        expect(await store.issueToken(issuing(grant))).toEqual(COMMITTED);
        await move(store, lineage[which]);
        expect(await store.issueToken(issuing(grant))).toEqual(MOVED);
      }
    });

    test('an ancestor may move otherwise', async () => {
      const { store, root, leaf: grant } = await withLineage(open);
      await extended(store, root);
      expect(await store.issueToken(issuing(grant))).toEqual(COMMITTED);
    });

    test('an end among issuings: all before it, none after', async () => {
      const { store, grant } = await withGrant(open);
      const outcomes = await Promise.all([
        ...times(10, () => store.issueToken(issuing(grant))),
        ended(store, grant).then(() => ({ result: 'ended' })),
        ...times(10, () => store.issueToken(issuing(grant))),
      ]);
      const issued = countOf(outcomes, 'committed');
      expect(countOf(outcomes, 'moved')).toBe(20 - issued);
      expect(await all(store.tokensOf(grant.id, NOW))).toHaveLength(issued);
      expect(await store.issueToken(issuing(grant))).toEqual(MOVED);
    });
  });

  describe('a token that others are exchanged for', () => {
    test('is theirs to come of until it is revoked, however far back', async () => {
      const { store, grant, token } = await withToken(open);
      const next = tokenOf(grant, { origins: [token.jti] });
      expect(await store.issueToken(issuing(grant, { token: next }))).toEqual(COMMITTED);
      expect((await store.tokenState(next.jti, [grant.id])).token).toEqual(next);
      await store.revokeToken(token, NOW, eventOf(grant, 'token.revoked'));
      const late = tokenOf(grant, { origins: [token.jti, next.jti] });
      expect(await store.issueToken(issuing(grant, { token: late }))).toEqual(MOVED);
    });

    test('its revocation among exchanges: all before it, none after', async () => {
      const { store, grant, token } = await withToken(open);
      const exchange = () => store.issueToken(issuing(grant, { token: tokenOf(grant, { origins: [token.jti] }) }));
      const outcomes = await Promise.all([
        ...times(10, exchange),
        store.revokeToken(token, NOW, eventOf(grant, 'token.revoked')).then((result) => ({ result })),
        ...times(10, exchange),
      ]);
      expect(countOf(outcomes, 'revoked')).toBe(1);
      const issued = countOf(outcomes, 'committed');
      expect(countOf(outcomes, 'moved')).toBe(20 - issued);
      expect(await all(store.tokensOf(grant.id, NOW))).toHaveLength(issued);
      // Whichever of what says so it looks at.
      expect(countOf(await Promise.all(times(20, exchange)), 'moved')).toBe(20);
    });

    test('does not end with another', async () => {
      const { store, grant, token } = await withToken(open);
      const other = issuing(grant);
      await store.issueToken(other);
      await store.revokeToken(other.token, NOW, eventOf(grant, 'token.revoked'));
      const next = tokenOf(grant, { origins: [token.jti] });
      expect(await store.issueToken(issuing(grant, { token: next }))).toEqual(COMMITTED);
    });
  });

  describe('what was presented', () => {
    test.each<Mark['kind']>(['dpop', 'assertion'])('a %s is good once', async (kind) => {
      const { store, grant } = await withGrant(open);
      const marks = [markOf('assertion'), markOf('dpop')];
      expect(await store.issueToken(issuing(grant, { marks }))).toEqual(COMMITTED);
      const again = marks.filter((mark) => mark.kind === kind);
      const change = issuing(grant, { marks: again });
      expect(await store.issueToken(change)).toEqual({ result: 'replayed', mark: kind });
      expect(await all(store.tokensOf(grant.id, NOW))).toHaveLength(1);
    });

    test('20 times at once, it is good once', async () => {
      const { store, grant } = await withGrant(open);
      const marks = [markOf()];
      const outcomes = await Promise.all(times(20, () => store.issueToken(issuing(grant, { marks }))));
      expect(countOf(outcomes, 'committed')).toBe(1);
      expect(countOf(outcomes, 'replayed')).toBe(19);
      expect(await all(store.tokensOf(grant.id, NOW))).toHaveLength(1);
    });

    test('is marked alone where nothing is issued: once, of many at once, and then good for nothing else', async () => {
      const { store, grant } = await withGrant(open);
      const mark = markOf('assertion');
      const outcomes = await Promise.all(times(10, () => store.presentOnce(mark)));
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect(await store.issueToken(issuing(grant, { marks: [mark] }))).toEqual({
        result: 'replayed',
        mark: 'assertion',
      });
      const spent = markOf('assertion');
      await store.issueToken(issuing(grant, { marks: [spent] }));
      expect(await store.presentOnce(spent)).toBe(false);
    });

    test('of two kinds, the same hash is two marks', async () => {
      const { store, grant } = await withGrant(open);
      const mark = markOf();
      const marks: Mark[] = [mark, { ...mark, kind: 'assertion' }];
      expect(await store.issueToken(issuing(grant, { marks }))).toEqual(COMMITTED);
    });

    test('is not used up by an issuing that comes to nothing', async () => {
      const { store, grant } = await withGrant(open);
      const marks = [markOf()];
      const taken = tokenOf(grant);
      await store.issueToken(issuing(grant, { token: taken }));
      const token = tokenOf(grant, { statusIndex: taken.statusIndex });
      expect(await store.issueToken(issuing(grant, { token, marks }))).toEqual({ result: 'slot_taken' });
      expect(await store.issueToken(issuing(grant, { marks }))).toEqual(COMMITTED);
    });

    test('is told first, also where the grant is over', async () => {
      const { store, grant } = await withGrant(open);
      const marks = [markOf()];
      await store.issueToken(issuing(grant, { marks }));
      await ended(store, grant);
      expect((await store.issueToken(issuing(grant, { marks }))).result).toBe('replayed');
    });
  });

  describe('an entry of the status list', () => {
    test('is one token’s at a time, of whatever grant', async () => {
      const { store, grant, token } = await withToken(open);
      const other = await born(store, tokenGrant());
      for (const holder of [grant, other]) {
        const next = tokenOf(holder, { statusIndex: token.statusIndex });
        expect(await store.issueToken(issuing(holder, { token: next }))).toEqual({ result: 'slot_taken' });
      }
      expect(await all(store.tokensOf(other.id, NOW))).toEqual([]);
    });

    test('is free again once no verifier and no snapshot can know the one that had it', async () => {
      const { store, grant, token } = await withToken(open);
      const at = (issuedAt: number) =>
        issuing(grant, { token: tokenOf(grant, { statusIndex: token.statusIndex, issuedAt }) });
      expect(slotFreeAt(token)).toBe(token.expiresAt + 195_000);
      expect(await store.issueToken(at(slotFreeAt(token) - 1))).toEqual({ result: 'slot_taken' });
      expect(await store.issueToken(at(slotFreeAt(token)))).toEqual(COMMITTED);
    });

    test('20 at once: one gets it', async () => {
      const { store, grant } = await withGrant(open);
      const outcomes = await Promise.all(
        times(20, () => store.issueToken(issuing(grant, { token: tokenOf(grant, { statusIndex: 7 }) }))),
      );
      expect(countOf(outcomes, 'committed')).toBe(1);
      expect(countOf(outcomes, 'slot_taken')).toBe(19);
    });
  });

  test('a transition loses no use that was counted meanwhile', async () => {
    const { store, grant } = await withGrant(open);
    const over = movedTo(grant, RETURNED);
    await store.transition({ grant: { ...over, uses: { spent: 9 } }, leaf: leafOf(over, 'grant.returned') });
    expect((await store.get(grant.id))?.uses).toEqual({ spent: 0 });
  });
}
