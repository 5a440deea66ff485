/** What every implementation of `GrantStore` and `AuditReader` does, whatever it stands on. */
import { describe, expect, test } from 'vitest';
import type { Grant } from '../../core/grant.ts';
import type { AuditReader, GrantStore, Page, PageRequest } from '../../core/ports.ts';
import type { IntentState } from '../../core/session.ts';
import { ALICE, NOW } from '../core/fixtures.ts';
import {
  ACTIVE,
  RETURNED,
  ROLE_ARN,
  all,
  allPages,
  approvalOf,
  batches,
  birthOf,
  denyOf,
  eventOf,
  extensionOf,
  intentOf,
  leafOf,
  movedTo,
  newGrant,
  pendingUntil,
  recordOf,
  requester,
} from './samples.ts';

export type Stores = GrantStore & AuditReader;

/** @param open an empty store */
export function grantStoreContract(open: () => Promise<Stores>): void {
  const COMMITTED = { result: 'committed' };
  const CONFLICT = { result: 'conflict' };

  async function withGrant(over: Partial<Grant> = {}): Promise<{ store: Stores; grant: Grant }> {
    const store = await open();
    const grant = newGrant(over);
    expect(await store.create({ grant, leaves: birthOf(grant) })).toEqual(COMMITTED);
    return { store, grant };
  }

  /** An intent that is open. */
  async function withIntent() {
    const { store, grant } = await withGrant();
    const intent = intentOf(grant);
    const leaf = eventOf(grant, 'credential.intended');
    expect(await store.intend({ intent, leaf, maxSessions: 5 })).toEqual(COMMITTED);
    return { store, grant, intent };
  }

  const end = (store: GrantStore, grant: Grant) =>
    store.transition({
      grant: movedTo(grant, RETURNED),
      leaf: leafOf(movedTo(grant, RETURNED), 'grant.returned'),
      deny: denyOf(grant),
    });

  const typesOf = async (store: AuditReader, stream: string): Promise<string[]> =>
    (await store.ofStream(stream, { limit: 100 })).items.map((leaf) => leaf.type);

  describe('create', () => {
    test('keeps the grant, its leaves and the answer', async () => {
      const store = await open();
      const grant = newGrant();
      const leaves = birthOf(grant);
      const idempotency = recordOf();
      expect(await store.create({ grant, leaves, idempotency })).toEqual(COMMITTED);
      expect(await store.get(grant.id)).toEqual(grant);
      expect(await store.findIdempotent(idempotency.keySha256)).toEqual(idempotency);
      expect((await store.ofStream(grant.id, { limit: 10 })).items).toEqual(leaves);
    });

    test('says nothing of what is not there', async () => {
      const store = await open();
      expect(await store.get('grt_00000000000000000000000000')).toBeUndefined();
      expect(await store.findIdempotent('0'.repeat(64))).toBeUndefined();
      expect((await store.ofStream('grt_00000000000000000000000000', { limit: 10 })).items).toEqual([]);
    });

    test('conflicts with a grant of the same id, and keeps nothing of it', async () => {
      const { store, grant } = await withGrant();
      const other = { ...grant, salt: '11'.repeat(16) };
      const idempotency = recordOf();
      const leaves = birthOf({ ...other, version: 7 });
      expect(await store.create({ grant: other, leaves, idempotency })).toEqual(CONFLICT);
      expect(await store.get(grant.id)).toEqual(grant);
      expect(await store.findIdempotent(idempotency.keySha256)).toBeUndefined();
      expect(await typesOf(store, grant.id)).toEqual(['grant.requested', 'grant.activated']);
    });

    test('answers a used key with its record, and keeps nothing', async () => {
      const store = await open();
      const first = newGrant();
      const second = newGrant();
      const idempotency = recordOf();
      await store.create({ grant: first, leaves: birthOf(first), idempotency });
      const again = { ...idempotency, response: { status: 201, body: '{"other":true}' } };
      expect(await store.create({ grant: second, leaves: birthOf(second), idempotency: again })).toEqual({
        result: 'replayed',
        record: idempotency,
      });
      expect(await store.get(second.id)).toBeUndefined();
      expect(await typesOf(store, second.id)).toEqual([]);
    });

    test('20 parallel ones of one key make one grant, and all get the same record', async () => {
      const store = await open();
      const alone = requester('parallel');
      const attempts = Array.from({ length: 20 }, (_, i) => {
        const base = newGrant();
        const grant = { ...base, request: { ...base.request, requester: alone } };
        const response = { status: 201, body: `{"attempt":${i}}` };
        return { grant, leaves: birthOf(grant), idempotency: recordOf({ keySha256: 'e'.repeat(64), response }) };
      });
      const outcomes = await Promise.all(attempts.map((attempt) => store.create(attempt)));
      const winners = attempts.filter((_, i) => outcomes[i]?.result === 'committed');
      expect(winners).toHaveLength(1);
      const record = winners[0]?.idempotency;
      expect(outcomes.filter((outcome) => outcome.result === 'replayed')).toEqual(
        Array.from({ length: 19 }, () => ({ result: 'replayed', record })),
      );
      expect((await store.listByRequester(alone.id, { limit: 100 })).items).toEqual([winners[0]?.grant]);
    });

    test('keeps values, not references', async () => {
      const store = await open();
      const grant = newGrant();
      const parameters: Record<string, string> = { customer: 'C-42' };
      await store.create({
        grant: { ...grant, request: { ...grant.request, parameters } },
        leaves: birthOf(grant),
      });
      parameters['customer'] = 'C-43';
      expect((await store.get(grant.id))?.request.parameters).toEqual({ customer: 'C-42' });
    });
  });

  describe('transition', () => {
    test('moves the grant and records leaf, deny and answer', async () => {
      const { store, grant } = await withGrant();
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
      const { store, grant } = await withGrant();
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
      const { store, grant } = await withGrant();
      const moved = movedTo(grant, RETURNED);
      const idempotency = recordOf();
      await store.transition({ grant: moved, leaf: leafOf(moved, 'grant.returned'), idempotency });
      const again = { grant: moved, leaf: leafOf(moved, 'grant.returned'), idempotency };
      expect(await store.transition(again)).toEqual({ result: 'replayed', record: idempotency });
    });

    test('changes all that may change, and nothing else', async () => {
      const { store, grant } = await withGrant();
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
      const { store, grant, intent } = await withIntent();
      const moved = movedTo(grant, RETURNED);
      const unlent = { grant: moved, leaf: leafOf(moved, 'grant.returned'), unlent: true as const };
      expect(await store.transition(unlent)).toEqual(CONFLICT);
      expect(await store.get(grant.id)).toEqual({ ...grant, credentials: { attempts: 1, issued: 0 } });

      await store.closeIntent({ intent, state: 'failed', leaf: eventOf(grant, 'credential.failed') });
      expect(await store.transition(unlent)).toEqual(COMMITTED);
    });

    test('of 20 parallel ones, one wins', async () => {
      const { store, grant } = await withGrant();
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => end(store, grant)));
      expect(outcomes.filter(({ result }) => result === 'committed')).toHaveLength(1);
      expect(outcomes.filter(({ result }) => result === 'conflict')).toHaveLength(19);
      expect((await store.get(grant.id))?.version).toBe(3);
    });

    test('an end goes through though its deny is there already', async () => {
      const { store, grant } = await withGrant();
      const intent = intentOf(grant);
      await store.intend({ intent, leaf: eventOf(grant, 'credential.intended'), maxSessions: 5 });
      const early = denyOf(grant, { until: NOW + 1_000 });
      await store.closeIntent({ intent, state: 'unknown', leaf: eventOf(grant, 'credential.unknown'), deny: early });
      expect(await end(store, grant)).toEqual(COMMITTED);
      expect(await store.denies(ROLE_ARN)).toEqual([denyOf(grant)]);
    });

    test('loses no count that was made meanwhile', async () => {
      const { store, grant, intent } = await withIntent();
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

  describe('intend', () => {
    test('records the intent, open, and its leaf', async () => {
      const { store, grant, intent } = await withIntent();
      expect(await all(store.openIntents(NOW + 1, 10))).toEqual([intent]);
      expect(await typesOf(store, grant.id)).toContain('credential.intended');
      expect((await store.get(grant.id))?.credentials).toEqual({ attempts: 1, issued: 0 });
    });

    test.each<[string, Partial<Grant>]>([
      ['another version', { version: 3 }],
      ['a grant that is over', { state: RETURNED }],
      ['a grant that has not begun', { state: { status: 'scheduled', startsAt: NOW + 1 } }],
    ])('conflicts with %s', async (_, over) => {
      const { store, grant } = await withGrant(over);
      const intent = intentOf(grant, { version: 2 });
      const leaf = eventOf(grant, 'credential.intended');
      expect(await store.intend({ intent, leaf, maxSessions: 5 })).toEqual(CONFLICT);
      expect(await all(store.openIntents(NOW + 1, 10))).toEqual([]);
      expect(await typesOf(store, grant.id)).not.toContain('credential.intended');
    });

    test('parallel ones never exceed the limit together', async () => {
      const { store, grant } = await withGrant();
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
      const { store, grant } = await withGrant();
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
      const { store, grant, intent } = await withIntent();
      const issued = { intent, leaf: eventOf(grant, 'credential.issued'), at: NOW + 3 };
      expect(await store.issue(issued)).toEqual(COMMITTED);
      expect((await store.get(grant.id))?.credentials).toEqual({ attempts: 1, issued: 1, lastIssuedAt: NOW + 3 });
      expect((await store.get(grant.id))?.version).toBe(grant.version);
      expect(await all(store.openIntents(NOW + 1, 10))).toEqual([]);
      expect(await typesOf(store, grant.id)).toContain('credential.issued');
    });

    test('conflicts once the grant is over (I1)', async () => {
      const { store, grant, intent } = await withIntent();
      await end(store, grant);
      expect(await store.issue({ intent, leaf: eventOf(grant, 'credential.issued'), at: NOW })).toEqual(CONFLICT);
      expect((await store.get(grant.id))?.credentials.issued).toBe(0);
      expect(await all(store.openIntents(NOW + 1, 10))).toEqual([intent]);
      expect(await typesOf(store, grant.id)).not.toContain('credential.issued');
    });

    test('conflicts once the grant has moved, though it is still active', async () => {
      const { store, grant, intent } = await withIntent();
      const longer = movedTo(grant, { ...ACTIVE, expiresAt: NOW + 900_000 });
      await store.transition({ grant: longer, leaf: leafOf(longer, 'grant.activated') });
      expect(await store.issue({ intent, leaf: eventOf(grant, 'credential.issued'), at: NOW })).toEqual(CONFLICT);
    });

    test.each(['failed', 'discarded', 'unknown'] as const)('conflicts with an intent that was %s', async (state) => {
      const { store, grant, intent } = await withIntent();
      await store.closeIntent({ intent, state, leaf: eventOf(grant, `credential.${state}`) });
      expect(await store.issue({ intent, leaf: eventOf(grant, 'credential.issued'), at: NOW })).toEqual(CONFLICT);
      expect((await store.get(grant.id))?.credentials.issued).toBe(0);
    });

    test('conflicts with an intent that nobody made', async () => {
      const { store, grant } = await withGrant();
      const leaf = eventOf(grant, 'credential.issued');
      expect(await store.issue({ intent: intentOf(grant), leaf, at: NOW })).toEqual(CONFLICT);
    });

    test('parallel ones of different intents all count; of one intent, one does', async () => {
      const { store, grant } = await withGrant();
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
        const { store, grant, intent } = await withIntent();
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
      const { store, grant, intent } = await withIntent();
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
      const { store, grant, intent } = await withIntent();
      await end(store, grant);
      const leaf = eventOf(grant, 'credential.discarded');
      expect(await store.closeIntent({ intent, state: 'discarded', leaf })).toEqual(COMMITTED);
    });

    test('conflicts with an issued one, and denies nothing', async () => {
      const { store, grant, intent } = await withIntent();
      await store.issue({ intent, leaf: eventOf(grant, 'credential.issued'), at: NOW });
      const deny = denyOf(grant, { match: { sessionName: intent.id } });
      const leaf = eventOf(grant, 'credential.unknown');
      expect(await store.closeIntent({ intent, state: 'unknown', leaf, deny })).toEqual(CONFLICT);
      expect(await store.denies(ROLE_ARN)).toEqual([]);
    });
  });

  describe('leaves', () => {
    test('stand in the order of versions; what made a version before what happened under it', async () => {
      const { store, grant, intent } = await withIntent();
      await end(store, grant);
      await store.closeIntent({ intent, state: 'discarded', leaf: eventOf(grant, 'credential.discarded') });
      await store.append(eventOf(movedTo(grant, RETURNED), 'credential.refused'));
      expect(await typesOf(store, grant.id)).toEqual([
        'grant.requested',
        'grant.activated',
        'credential.intended',
        'credential.discarded',
        'grant.returned',
        'credential.refused',
      ]);
    });

    test('are in order beyond ten versions', async () => {
      const { store, grant } = await withGrant();
      let current = grant;
      for (let i = 0; i < 10; i++) {
        current = movedTo(current, ACTIVE);
        await store.transition({ grant: current, leaf: leafOf(current, 'grant.activated') });
      }
      const { items } = await store.ofStream(grant.id, { limit: 100 });
      expect(items.map((leaf) => leaf.version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    });

    test('an appended one is there once, however often it is appended', async () => {
      const { store, grant } = await withGrant();
      const leaf = eventOf(grant, 'credential.refused', { facts: { policies: 'a b', engineFailed: false, n: 3 } });
      await store.append(leaf);
      await store.append(leaf);
      const { items } = await store.ofStream(grant.id, { limit: 100 });
      expect(items.slice(2)).toEqual([leaf]);
    });

    test('one that is there is never overwritten', async () => {
      const { store, grant } = await withGrant();
      const leaf = eventOf(grant, 'credential.refused', { facts: { policies: 'first' } });
      await store.append(leaf);
      await store.append({ ...leaf, facts: { policies: 'second' } });
      expect((await store.ofStream(grant.id, { limit: 100 })).items.slice(2)).toEqual([leaf]);
    });

    test('a transition’s leaf is not appended alone', async () => {
      const { store, grant } = await withGrant();
      await expect(store.append(leafOf(grant, 'grant.returned'))).rejects.toThrow('only an event’s leaf stands alone');
    });

    test('are found by their UTC day, in the order of their ids', async () => {
      const store = await open();
      const midnight = Date.parse('2026-11-22T00:00:00Z');
      const grant = newGrant();
      const leaves = [midnight - 1, midnight, midnight + 1].map((at) => eventOf(grant, 'credential.refused', { at }));
      for (const leaf of [...leaves].reverse()) await store.append(leaf);
      expect((await store.ofDay('2026-11-21', { limit: 10 })).items).toEqual(leaves.slice(0, 1));
      expect((await store.ofDay('2026-11-22', { limit: 10 })).items).toEqual(leaves.slice(1));
      expect((await store.ofDay('2026-11-23', { limit: 10 })).items).toEqual([]);
    });
  });

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
      const { store, grant } = await withGrant();
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
      const { store, grant } = await withGrant();
      for (let i = 0; i < 5; i++) await store.append(eventOf(grant, 'credential.refused'));
      const whole = (await store.ofStream(grant.id, { limit: 100 })).items;
      expect(whole).toHaveLength(7);
      expect(await allPages((page) => store.ofStream(grant.id, page))).toEqual(whole);
      const day = (await store.ofDay('2026-11-21', { limit: 100 })).items;
      expect(await allPages((page) => store.ofDay('2026-11-21', page))).toEqual(day);
      expect(day).toHaveLength(7);
    });

    test('a last page has no cursor, when it is not full', async () => {
      const { store } = await withGrant();
      expect((await store.listByBucket('live', { limit: 2 })).cursor).toBeUndefined();
    });

    test('a cursor works on its own list alone', async () => {
      const { store, grant } = await withGrant();
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
      const { store } = await withGrant();
      await expect(store.listByBucket('live', { limit: 1, cursor })).rejects.toMatchObject({
        code: 'invalid_request',
        message: '`cursor` belongs to no page of this list',
      });
    });
  });

  describe('what is due', () => {
    test('are grants at their next time, oldest first, and no others', async () => {
      const store = await open();
      const states = [
        { status: 'active', activatedAt: NOW, expiresAt: NOW + 30 },
        pendingUntil(NOW + 10),
        { status: 'scheduled', startsAt: NOW + 20 },
        pendingUntil(NOW + 31),
        { status: 'denied', endedAt: NOW, endedBy: ALICE },
      ] as const;
      const grants = states.map((state) => newGrant({}, state));
      for (const grant of grants) await store.create({ grant, leaves: birthOf(grant) });
      expect(await all(store.dueGrants(NOW + 9, 10))).toEqual([]);
      expect(await all(store.dueGrants(NOW + 30, 10))).toEqual([grants[1]?.id, grants[2]?.id, grants[0]?.id]);
      expect(await batches(store.dueGrants(NOW + 30, 2))).toEqual([[grants[1]?.id, grants[2]?.id], [grants[0]?.id]]);
    });

    test('are live grants when nobody may decide their extension any more', async () => {
      const { store, grant } = await withGrant();
      const asked = { ...movedTo(grant, ACTIVE), extensions: [extensionOf(grant)] };
      await store.transition({ grant: asked, leaf: leafOf(asked, 'extension.pending') });
      expect(await all(store.dueGrants(NOW + 299_999, 10))).toEqual([]);
      expect(await all(store.dueGrants(NOW + 300_000, 10))).toEqual([grant.id]);
    });

    test('are open intents made before a time, oldest first', async () => {
      const { store, grant } = await withGrant();
      const intents = [30, 10, 20].map((after) => intentOf(grant, { createdAt: NOW + after }));
      for (const intent of intents) {
        await store.intend({ intent, leaf: eventOf(grant, 'credential.intended'), maxSessions: 9 });
      }
      expect(await all(store.openIntents(NOW + 30, 10))).toEqual([intents[1], intents[2]]);
      expect(await batches(store.openIntents(NOW + 31, 1))).toEqual([[intents[1]], [intents[2]], [intents[0]]]);
    });
  });

  describe('denies', () => {
    test('belong to one role each', async () => {
      const { store, grant } = await withGrant();
      await end(store, grant);
      expect(await store.denies(`${ROLE_ARN}-other`)).toEqual([]);
      expect(await store.denyFor(ROLE_ARN, grant.sourceIdentity)).toEqual(denyOf(grant));
      expect(await store.denyFor(ROLE_ARN, 'writ-other')).toBeUndefined();
      expect(await store.denyFor(`${ROLE_ARN}-other`, grant.sourceIdentity)).toBeUndefined();
    });

    test('remember when they were first applied', async () => {
      const { store, grant } = await withGrant();
      await end(store, grant);
      const deny = denyOf(grant);
      const gone = denyOf(newGrant());
      await store.markApplied([deny, gone], NOW + 1);
      await store.markApplied([deny], NOW + 2);
      expect(await store.denies(ROLE_ARN)).toEqual([{ ...deny, appliedAt: NOW + 1 }]);
    });

    test('are all read, however many', async () => {
      const { store, grant } = await withGrant();
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
