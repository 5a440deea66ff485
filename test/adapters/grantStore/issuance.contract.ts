import { describe, expect, test } from 'vitest';
import type { Grant } from '../../../core/grant.ts';
import type { IntentState } from '../../../core/session.ts';
import { NOW } from '../../core/fixtures.ts';
import { ACTIVE, RETURNED, ROLE_ARN, all, denyOf, eventOf, intentOf, leafOf, movedTo, typesOf } from '../samples.ts';
import { COMMITTED, CONFLICT, end, withGrant, withIntent } from './setup.ts';
import type { Open } from './setup.ts';

export function issuanceContract(open: Open): void {
  describe('intend', () => {
    test('records the intent, open, and its leaf', async () => {
      const { store, grant, intent } = await withIntent(open);
      expect(await all(store.openIntents(NOW + 1, 10))).toEqual([intent]);
      expect(await typesOf(store, grant.id)).toContain('credential.intended');
      expect((await store.get(grant.id))?.credentials).toEqual({ attempts: 1, issued: 0 });
    });

    test.each<[string, Partial<Grant>]>([
      ['another version', { version: 3 }],
      ['a grant that is over', { state: RETURNED }],
      ['a grant that has not begun', { state: { status: 'scheduled', startsAt: NOW + 1 } }],
    ])('conflicts with %s', async (_, over) => {
      const { store, grant } = await withGrant(open, over);
      const intent = intentOf(grant, { version: 2 });
      const leaf = eventOf(grant, 'credential.intended');
      expect(await store.intend({ intent, leaf, maxSessions: 5 })).toEqual(CONFLICT);
      expect(await all(store.openIntents(NOW + 1, 10))).toEqual([]);
      expect(await typesOf(store, grant.id)).not.toContain('credential.intended');
    });

    test('parallel ones never exceed the limit together', async () => {
      const { store, grant } = await withGrant(open);
      const attempt = () =>
        store.intend({ intent: intentOf(grant), leaf: eventOf(grant, 'credential.intended'), maxSessions: 3 });
      const outcomes = await Promise.all(Array.from({ length: 10 }, attempt));
      expect(outcomes.filter(({ result }) => result === 'committed')).toHaveLength(3);
      expect(await all(store.openIntents(NOW + 1, 10))).toHaveLength(3);
    });

    test.each<[IntentState, string]>([
      ['failed', 'committed'],
      ['unknown', 'conflict'],
      ['discarded', 'conflict'],
      ['issued', 'conflict'],
    ])('at a limit of one, after one that %s: %s', async (state, expected) => {
      const { store, grant } = await withGrant(open);
      const intent = intentOf(grant);
      await store.intend({ intent, leaf: eventOf(grant, 'credential.intended'), maxSessions: 1 });
      const leaf = eventOf(grant, 'credential.unknown');
      if (state === 'issued') await store.issue({ intent, leaf, at: NOW });
      else if (state !== 'open') await store.closeIntent({ intent, state, leaf });
      const next = { intent: intentOf(grant), leaf: eventOf(grant, 'credential.intended'), maxSessions: 1 };
      expect((await store.intend(next)).result).toBe(expected);
    });
  });

  describe('issue', () => {
    test('closes the intent and counts', async () => {
      const { store, grant, intent } = await withIntent(open);
      const issued = { intent, leaf: eventOf(grant, 'credential.issued'), at: NOW + 3 };
      expect(await store.issue(issued)).toEqual(COMMITTED);
      expect((await store.get(grant.id))?.credentials).toEqual({ attempts: 1, issued: 1, lastIssuedAt: NOW + 3 });
      expect((await store.get(grant.id))?.version).toBe(grant.version);
      expect(await all(store.openIntents(NOW + 1, 10))).toEqual([]);
      expect(await typesOf(store, grant.id)).toContain('credential.issued');
    });

    test('conflicts once the grant is over (I1)', async () => {
      const { store, grant, intent } = await withIntent(open);
      await end(store, grant);
      expect(await store.issue({ intent, leaf: eventOf(grant, 'credential.issued'), at: NOW })).toEqual(CONFLICT);
      expect((await store.get(grant.id))?.credentials.issued).toBe(0);
      expect(await all(store.openIntents(NOW + 1, 10))).toEqual([intent]);
      expect(await typesOf(store, grant.id)).not.toContain('credential.issued');
    });

    test('conflicts once the grant has moved, though it is still active', async () => {
      const { store, grant, intent } = await withIntent(open);
      const longer = movedTo(grant, { ...ACTIVE, expiresAt: NOW + 900_000 });
      await store.transition({ grant: longer, leaf: leafOf(longer, 'grant.activated') });
      expect(await store.issue({ intent, leaf: eventOf(grant, 'credential.issued'), at: NOW })).toEqual(CONFLICT);
    });

    test.each(['failed', 'discarded', 'unknown'] as const)('conflicts with an intent that was %s', async (state) => {
      const { store, grant, intent } = await withIntent(open);
      await store.closeIntent({ intent, state, leaf: eventOf(grant, `credential.${state}`) });
      expect(await store.issue({ intent, leaf: eventOf(grant, 'credential.issued'), at: NOW })).toEqual(CONFLICT);
      expect((await store.get(grant.id))?.credentials.issued).toBe(0);
    });

    test('conflicts with an intent that nobody made', async () => {
      const { store, grant } = await withGrant(open);
      const leaf = eventOf(grant, 'credential.issued');
      expect(await store.issue({ intent: intentOf(grant), leaf, at: NOW })).toEqual(CONFLICT);
    });

    test('parallel ones of different intents all count; of one intent, one does', async () => {
      const { store, grant } = await withGrant(open);
      const intents = Array.from({ length: 5 }, () => intentOf(grant));
      for (const intent of intents) {
        await store.intend({ intent, leaf: eventOf(grant, 'credential.intended'), maxSessions: 5 });
      }
      const outcomes = await Promise.all(
        [...intents, ...intents].map((intent) =>
          store.issue({ intent, leaf: eventOf(grant, 'credential.issued'), at: NOW }),
        ),
      );
      expect(outcomes.filter(({ result }) => result === 'committed')).toHaveLength(5);
      expect((await store.get(grant.id))?.credentials.issued).toBe(5);
    });

    test('an end and an issuance at once: never an issuance after the end', async () => {
      for (let round = 0; round < 10; round++) {
        const { store, grant, intent } = await withIntent(open);
        const [issued, ended] = await Promise.all([
          store.issue({ intent, leaf: eventOf(grant, 'credential.issued'), at: NOW }),
          end(store, grant),
        ]);
        expect(ended).toEqual(COMMITTED);
        expect((await store.get(grant.id))?.credentials.issued).toBe(issued.result === 'committed' ? 1 : 0);
      }
    });
  });

  describe('closeIntent', () => {
    test.each(['failed', 'discarded', 'unknown'] as const)('closes an open intent as %s, once', async (state) => {
      const { store, grant, intent } = await withIntent(open);
      const deny = denyOf(grant, { match: { sessionName: intent.id } });
      const leaf = eventOf(grant, `credential.${state}`);
      expect(await store.closeIntent({ intent, state, leaf, deny })).toEqual(COMMITTED);
      expect(await store.denies(ROLE_ARN)).toEqual([deny]);
      expect(await all(store.openIntents(NOW + 1, 10))).toEqual([]);
      expect(await typesOf(store, grant.id)).toContain(`credential.${state}`);

      const again = eventOf(grant, 'credential.unknown');
      expect(await store.closeIntent({ intent, state: 'unknown', leaf: again })).toEqual(CONFLICT);
    });

    test('works after the grant has ended', async () => {
      const { store, grant, intent } = await withIntent(open);
      await end(store, grant);
      const leaf = eventOf(grant, 'credential.discarded');
      expect(await store.closeIntent({ intent, state: 'discarded', leaf })).toEqual(COMMITTED);
    });

    test('conflicts with an issued one, and denies nothing', async () => {
      const { store, grant, intent } = await withIntent(open);
      await store.issue({ intent, leaf: eventOf(grant, 'credential.issued'), at: NOW });
      const deny = denyOf(grant, { match: { sessionName: intent.id } });
      const leaf = eventOf(grant, 'credential.unknown');
      expect(await store.closeIntent({ intent, state: 'unknown', leaf, deny })).toEqual(CONFLICT);
      expect(await store.denies(ROLE_ARN)).toEqual([]);
    });
  });
}
