import { describe, expect, test } from 'vitest';
import { NOW } from '../../core/fixtures.ts';
import { ROLE_ARN, denyOf, eventOf, intentOf, newGrant } from '../samples.ts';
import { end, withGrant } from './setup.ts';
import type { Open } from './setup.ts';

export function deniesContract(open: Open): void {
  describe('denies', () => {
    test('belong to one role each', async () => {
      const { store, grant } = await withGrant(open);
      await end(store, grant);
      expect(await store.denies(`${ROLE_ARN}-other`)).toEqual([]);
      expect(await store.denyFor(ROLE_ARN, grant.sourceIdentity)).toEqual(denyOf(grant));
      expect(await store.denyFor(ROLE_ARN, 'writ-other')).toBeUndefined();
      expect(await store.denyFor(`${ROLE_ARN}-other`, grant.sourceIdentity)).toBeUndefined();
    });

    test('remember when they were first applied', async () => {
      const { store, grant } = await withGrant(open);
      await end(store, grant);
      const deny = denyOf(grant);
      const gone = denyOf(newGrant());
      await store.markApplied([deny, gone], NOW + 1);
      await store.markApplied([deny], NOW + 2);
      expect(await store.denies(ROLE_ARN)).toEqual([{ ...deny, appliedAt: NOW + 1 }]);
    });

    test('are all read, however many', async () => {
      const { store, grant } = await withGrant(open);
      const ids: string[] = [];
      for (let i = 0; i < 25; i++) {
        const intent = intentOf(grant);
        await store.intend({ intent, leaf: eventOf(grant, 'credential.intended'), maxSessions: 99 });
        const deny = denyOf(grant, { match: { sessionName: intent.id } });
        await store.closeIntent({ intent, state: 'unknown', leaf: eventOf(grant, 'credential.unknown'), deny });
        ids.push(intent.id);
      }
      const denies = await store.denies(ROLE_ARN);
      expect(denies.map(({ match }) => ('sessionName' in match ? match.sessionName : '')).sort()).toEqual(ids.sort());
      await store.markApplied(denies, NOW + 1);
      expect((await store.denies(ROLE_ARN)).every((deny) => deny.appliedAt === NOW + 1)).toBe(true);
    });
  });
}
