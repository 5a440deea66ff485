import { describe, expect, test } from 'vitest';
import type { Mark } from '../../../core/oauth/ports.ts';
import { NOW } from '../../core/fixtures.ts';
import { eventOf, typesOf } from '../samples.ts';
import type { Open } from '../stores.contract.ts';
import { familyOf, issuing, markOf, successorOf } from './samples.ts';
import { COMMITTED, countOf, times, withGrant } from './setup.ts';

const REFRESHED = { result: 'refreshed' };

export function familiesContract(open: Open): void {
  async function withFamily() {
    const { store, grant } = await withGrant(open);
    const family = familyOf(grant);
    expect(await store.issueToken(issuing(grant, { family: { from: undefined, to: family } }))).toEqual(COMMITTED);
    return { store, grant, family };
  }

  describe('a family of refresh tokens', () => {
    test('begins with a token, and is found by its id', async () => {
      const { store, family } = await withFamily();
      expect(await store.familyById(family.id)).toEqual(family);
      expect(await store.familyById('rtf_none')).toBeUndefined();
    });

    test('moves on with a token', async () => {
      const { store, grant, family } = await withFamily();
      const to = successorOf(family);
      expect(await store.issueToken(issuing(grant, { family: { from: family, to } }))).toEqual(COMMITTED);
      expect(await store.familyById(family.id)).toEqual(to);
    });

    test('two at once: one successor', async () => {
      const { store, grant, family } = await withFamily();
      const successors = times(10, () => successorOf(family));
      const outcomes = await Promise.all(
        successors.map((to) => store.issueToken(issuing(grant, { family: { from: family, to } }))),
      );
      expect(countOf(outcomes, 'committed')).toBe(1);
      expect(countOf(outcomes, 'refreshed')).toBe(9);
      const winner = successors[outcomes.findIndex(({ result }) => result === 'committed')];
      expect(await store.familyById(family.id)).toEqual(winner);
    });

    test('does not move from an earlier generation, nor begin twice, nor come from nothing', async () => {
      const { store, grant, family } = await withFamily();
      const to = successorOf(family);
      await store.issueToken(issuing(grant, { family: { from: family, to } }));
      const issue = (from: typeof family | undefined, next: typeof family) =>
        store.issueToken(issuing(grant, { family: { from, to: next } }));
      expect(await issue(family, successorOf(family))).toEqual(REFRESHED);
      expect(await issue(undefined, family)).toEqual(REFRESHED);
      const unknown = familyOf(grant);
      expect(await issue(unknown, successorOf(unknown))).toEqual(REFRESHED);
      expect(await store.familyById(family.id)).toEqual(to);
    });

    test('is revoked with a leaf, from exactly what was read, and gives nothing then', async () => {
      const { store, grant, family } = await withFamily();
      const revoked = { ...family, generation: 2, revokedAt: NOW + 1 };
      const revoke = () => store.revokeFamily(family, revoked, eventOf(grant, 'token.revoked'), []);
      expect(await revoke()).toBe('revoked');
      expect(await revoke()).toBe('conflict');
      expect(await store.familyById(family.id)).toEqual(revoked);
      expect((await typesOf(store, grant.id)).filter((type) => type === 'token.revoked')).toHaveLength(1);
      for (const from of [family, revoked]) {
        const change = issuing(grant, { family: { from, to: successorOf(from) } });
        expect(await store.issueToken(change)).toEqual(REFRESHED);
      }
    });

    test('a revocation and a refresh at once: whoever is second is told', async () => {
      const { store, grant, family } = await withFamily();
      const revoked = { ...family, generation: 2, revokedAt: NOW + 1 };
      const [refresh, revocation] = await Promise.all([
        store.issueToken(issuing(grant, { family: { from: family, to: successorOf(family) } })),
        store.revokeFamily(family, revoked, eventOf(grant, 'token.revoked'), []),
      ]);
      expect([refresh.result, revocation]).toEqual(
        refresh.result === 'committed' ? ['committed', 'conflict'] : ['refreshed', 'revoked'],
      );
    });

    test('ends once by what was presented, and not by what was presented before', async () => {
      const { store, grant, family } = await withFamily();
      const marks = [markOf('assertion'), markOf('dpop')];
      const end = (of: typeof family, presented: readonly Mark[]) =>
        store.revokeFamily(of, { ...of, revokedAt: NOW + 1 }, eventOf(grant, 'token.reused'), presented);
      expect(await end(family, marks)).toBe('revoked');
      const other = familyOf(grant);
      await store.issueToken(issuing(grant, { family: { from: undefined, to: other } }));
      expect(await end(other, marks.slice(1))).toBe('dpop');
      expect(await end(family, marks)).toBe('assertion');
      expect(await store.familyById(other.id)).toEqual(other);
      // What came to nothing used nothing up.
      const mark = markOf();
      expect(await end(family, [mark])).toBe('conflict');
      expect(await end(other, [mark])).toBe('revoked');
    });

    test('that does not exist is not revoked', async () => {
      const { store, grant } = await withGrant(open);
      const family = familyOf(grant);
      const leaf = eventOf(grant, 'token.revoked');
      expect(await store.revokeFamily(family, { ...family, revokedAt: NOW }, leaf, [])).toBe('conflict');
    });
  });
}
