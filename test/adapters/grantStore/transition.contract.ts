import { describe, expect, test } from 'vitest';
import type { Grant } from '../../../core/grant.ts';
import { NOW } from '../../core/fixtures.ts';
import {
  ACTIVE,
  RETURNED,
  ROLE_ARN,
  all,
  approvalOf,
  birthOf,
  denyOf,
  eventOf,
  extensionOf,
  intentOf,
  leafOf,
  movedTo,
  newGrant,
  recordOf,
  typesOf,
} from '../samples.ts';
import { COMMITTED, CONFLICT, end, withGrant, withIntent } from './setup.ts';
import type { Open } from './setup.ts';

export function transitionContract(open: Open): void {
  describe('transition', () => {
    test('moves the grant and records leaf, deny and answer', async () => {
      const { store, grant } = await withGrant(open);
      const moved = movedTo(grant, RETURNED);
      const deny = denyOf(grant);
      const idempotency = recordOf();
      const leaf = leafOf(moved, 'grant.returned');
      expect(await store.transition({ grant: moved, leaf, deny, idempotency })).toEqual(COMMITTED);
      expect(await store.get(grant.id)).toEqual(moved);
      expect(await store.denies(ROLE_ARN)).toEqual([deny]);
      expect(await store.findIdempotent(idempotency.keySha256)).toEqual(idempotency);
      expect(await typesOf(store, grant.id)).toEqual(['grant.requested', 'grant.activated', 'grant.returned']);
    });

    test('conflicts once the grant has moved, and records nothing', async () => {
      const { store, grant } = await withGrant(open);
      expect(await end(store, grant)).toEqual(COMMITTED);
      const late = movedTo(grant, { ...RETURNED, status: 'revoked', endReason: 'revoked' });
      const deny = denyOf(grant, { match: { sessionName: 'ses_late' } });
      const idempotency = recordOf();
      const leaf = leafOf(late, 'grant.revoked');
      expect(await store.transition({ grant: late, leaf, deny, idempotency })).toEqual(CONFLICT);
      expect((await store.get(grant.id))?.state).toEqual(RETURNED);
      expect(await store.denies(ROLE_ARN)).toEqual([denyOf(grant)]);
      expect(await store.findIdempotent(idempotency.keySha256)).toBeUndefined();
      expect(await typesOf(store, grant.id)).not.toContain('grant.revoked');
    });

    test('conflicts where there is no such grant', async () => {
      const store = await open();
      expect(await end(store, newGrant())).toEqual(CONFLICT);
    });

    test('answers a used key with its record', async () => {
      const { store, grant } = await withGrant(open);
      const moved = movedTo(grant, RETURNED);
      const idempotency = recordOf();
      await store.transition({ grant: moved, leaf: leafOf(moved, 'grant.returned'), idempotency });
      const again = { grant: moved, leaf: leafOf(moved, 'grant.returned'), idempotency };
      expect(await store.transition(again)).toEqual({ result: 'replayed', record: idempotency });
    });

    test('changes all that may change, and nothing else', async () => {
      const { store, grant } = await withGrant(open);
      const changed: Grant = {
        ...movedTo(grant, { ...ACTIVE, expiresAt: NOW + 900_000 }),
        scope: [],
        sourceIdentity: 'writ-narrowed',
        approvals: [
          approvalOf(grant, { withdrawnAt: NOW + 1 }),
          approvalOf(grant, { via: 'remembered', consent: 'c' }),
        ],
        extensions: [extensionOf(grant, { status: 'denied', at: NOW + 2 }), extensionOf(grant)],
        decision: { ...grant.decision, outcome: 'needs_approval', bundleSha256: 'f'.repeat(64) },
        requestSha256: '9'.repeat(64),
        breakGlass: { keys: ['k1', 'k2'] },
      };
      const fixed = { ...changed, requestedAt: 1, salt: 'ff', request: { ...grant.request, purpose: 'another' } };
      const leaf = leafOf(changed, 'grant.narrowed');
      expect(await store.transition({ grant: fixed, leaf })).toEqual(COMMITTED);
      expect(await store.get(grant.id)).toEqual(changed);

      const { breakGlass: _, ...without } = { ...movedTo(changed, RETURNED), approvals: [], extensions: [] };
      expect(await store.transition({ grant: without, leaf: leafOf(without, 'grant.returned') })).toEqual(COMMITTED);
      expect(await store.get(grant.id)).toEqual(without);
    });

    test('where it was never lent, conflicts once a session was attempted', async () => {
      const { store, grant, intent } = await withIntent(open);
      const moved = movedTo(grant, RETURNED);
      const unlent = { grant: moved, leaf: leafOf(moved, 'grant.returned'), unlent: true as const };
      expect(await store.transition(unlent)).toEqual(CONFLICT);
      expect(await store.get(grant.id)).toEqual({ ...grant, credentials: { attempts: 1, issued: 0 } });

      await store.closeIntent({ intent, state: 'failed', leaf: eventOf(grant, 'credential.failed') });
      expect(await store.transition(unlent)).toEqual(COMMITTED);
    });

    test('of 20 parallel ones, one wins', async () => {
      const { store, grant } = await withGrant(open);
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => end(store, grant)));
      expect(outcomes.filter(({ result }) => result === 'committed')).toHaveLength(1);
      expect(outcomes.filter(({ result }) => result === 'conflict')).toHaveLength(19);
      expect((await store.get(grant.id))?.version).toBe(3);
    });

    test('an end goes through though its deny is there already', async () => {
      const { store, grant } = await withGrant(open);
      const intent = intentOf(grant);
      await store.intend({ intent, leaf: eventOf(grant, 'credential.intended'), maxSessions: 5 });
      const early = denyOf(grant, { until: NOW + 1_000 });
      await store.closeIntent({ intent, state: 'unknown', leaf: eventOf(grant, 'credential.unknown'), deny: early });
      expect(await end(store, grant)).toEqual(COMMITTED);
      expect(await store.denies(ROLE_ARN)).toEqual([denyOf(grant)]);
    });

    test('loses no count that was made meanwhile', async () => {
      const { store, grant, intent } = await withIntent(open);
      const stale = movedTo(grant, RETURNED); // holds a count of 0
      await store.issue({ intent, leaf: eventOf(grant, 'credential.issued'), at: NOW + 7 });
      expect(await store.transition({ grant: stale, leaf: leafOf(stale, 'grant.returned') })).toEqual(COMMITTED);
      expect((await store.get(grant.id))?.credentials).toEqual({ attempts: 1, issued: 1, lastIssuedAt: NOW + 7 });
    });

    test('what becomes active is no longer due at its start', async () => {
      const store = await open();
      const grant = newGrant({}, { status: 'scheduled', startsAt: NOW + 1_000 });
      await store.create({ grant, leaves: birthOf(grant) });
      const started = movedTo(grant, ACTIVE);
      await store.transition({ grant: started, leaf: leafOf(started, 'grant.activated') });
      expect(await all(store.dueGrants(NOW + 2_000, 10))).toEqual([]);
      expect(await all(store.dueGrants(NOW + 600_000, 10))).toEqual([grant.id]);
    });
  });
}
