/** When grants begin and end: made smaller or shorter, extended, scheduled, in windows, and done with their ticket. */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AwsCredentialsView, GrantView } from '../../contract/schemas.ts';
import { approved, asked, decide, eventually, leavesOf, seen } from './asking.ts';
import {
  expectStatus,
  issue,
  outcome,
  problemCode,
  query,
  request,
  signedIn,
  startSystem,
  untilRefused,
} from './harness.ts';
import type { Caller, Lent } from './harness.ts';
import { ticketSystem } from './tickets.ts';
import type { TellOf } from './tickets.ts';

let system: Awaited<ReturnType<typeof startSystem>>;
let alice: Caller;
let bob: Caller;
let carol: Caller;
let dave: Caller;
let audrey: Caller;
let tell: TellOf;

beforeAll(async () => {
  system = await startSystem();
  [alice, bob, carol, dave, audrey] = (await Promise.all(
    ['alice', 'bob', 'carol', 'dave', 'audrey'].map((user) => signedIn(system, user, true)),
  )) as [Caller, Caller, Caller, Caller, Caller];
  tell = await ticketSystem(system);
}, 180_000);
afterAll(() => system.stop(), 60_000);

const ORDERS = 'arn:aws:dynamodb:us-east-1:111122223333:table/orders';
const ONE_ITEM = { actions: ['dynamodb:GetItem'], resources: [ORDERS] };

const getItem = ({ options }: Lent) =>
  new DynamoDBClient(options).send(
    new GetItemCommand({ TableName: 'orders', Key: { customer: { S: 'C-42' }, order: { S: 'O-0' } } }),
  );

const narrow = (who: Caller, { id }: GrantView, body: object) => who.post<GrantView>(`/v1/grants/${id}/narrow`, body);
const inSeconds = (seconds: number, from = Date.now()): string => new Date(from + seconds * 1000).toISOString();

describe('a live grant', () => {
  it('is made smaller: what was lent before is refused, what is lent now fits', async () => {
    const grant = await request(alice);
    const wide = await issue(system, alice, grant);
    expect(await outcome(query(wide, 'C-42'))).toBe('allowed');
    const smaller = expectStatus(await narrow(alice, grant, { scope: [ONE_ITEM] }), 200);
    expect(smaller).toMatchObject({ status: 'active', expiresAt: grant.expiresAt, scope: [ONE_ITEM] });
    const narrowed = await issue(system, alice, grant);
    await untilRefused(wide, 'C-42');
    expect(await outcome(getItem(wide))).toBe('AccessDeniedException');
    expect(await outcome(getItem(narrowed))).toBe('allowed');
    expect(await outcome(query(narrowed, 'C-42'))).toBe('AccessDeniedException');
    // There is no way back.
    const before = { scope: [{ actions: ['dynamodb:Query'], resources: [ORDERS] }] };
    expect(problemCode(await narrow(alice, grant, before))).toBe('400 not_narrower');
    expect((await seen(alice, grant)).scope).toMatchObject([ONE_ITEM]);
  });

  it('is made shorter, by its holder, its owner or an admin, never longer', async () => {
    const grant = await request(alice, { durationSeconds: 1_800 });
    const long = await issue(system, alice, grant);
    for (const [who, seconds] of [
      [alice, 1_200],
      [bob, 900],
      [carol, 300],
    ] as const) {
      const shorter = expectStatus(await narrow(who, grant, { expiresAt: inSeconds(seconds) }), 200);
      expect(Date.parse(shorter.expiresAt ?? '')).toBeLessThanOrEqual(Date.now() + seconds * 1000);
      expect(problemCode(await narrow(who, grant, { expiresAt: grant.expiresAt }))).toBe('400 not_narrower');
    }
    expect(problemCode(await narrow(dave, grant, { expiresAt: inSeconds(60) }))).toBe('404 not_found');
    await untilRefused(long, 'C-42');
    const lent = await alice.post<AwsCredentialsView>(`/v1/grants/${grant.id}/aws-credentials`);
    const { expiresAt } = await seen(alice, grant);
    expect(Date.parse(expectStatus(lent, 200).Expiration)).toBe(Date.parse(expiresAt ?? ''));
  });

  it('is extended in place where policy lets it, up to its limit', async () => {
    const grant = await request(alice);
    const lent = await issue(system, alice, grant);
    const more = { durationSeconds: 600, justification: 'not done yet' };
    const longer = expectStatus(await alice.post<GrantView>(`/v1/grants/${grant.id}/extension`, more), 200);
    expect(longer).toMatchObject({ id: grant.id, status: 'active', extensions: [{ status: 'allowed' }] });
    expect(Date.parse(longer.expiresAt ?? '') - Date.parse(grant.expiresAt ?? '')).toBe(600_000);
    expect(await outcome(query(lent, 'C-42'))).toBe('allowed');
    const tooMuch = await alice.post(`/v1/grants/${grant.id}/extension`, { ...more, durationSeconds: 43_200 });
    expect(problemCode(tooMuch)).toBe('400 extension_out_of_range');
    expect(problemCode(await bob.post(`/v1/grants/${grant.id}/extension`, more))).toBe('403 forbidden');
  });

  it('goes on as it was when more time is denied', async () => {
    const live = await approved(bob, await asked(alice));
    const more = { durationSeconds: 600, justification: 'not done yet' };
    const waiting = expectStatus(await alice.post<GrantView>(`/v1/grants/${live.id}/extension`, more), 200);
    const again = await alice.post(`/v1/grants/${live.id}/extension`, more);
    expect(problemCode(again)).toBe('409 extension_pending');
    expect(problemCode(await decide(alice, waiting))).toBe('403 own_request');
    // What was said of the request is not said of the extension.
    expect(problemCode(await decide(bob, waiting, { requestSha256: live.requestSha256 }))).toBe('409 request_changed');
    const denied = await approved(bob, waiting, { verdict: 'deny', comment: 'ten minutes are enough' });
    expect(denied).toMatchObject({ status: 'active', expiresAt: live.expiresAt, extensions: [{ status: 'denied' }] });
    await issue(system, alice, live);
  });
});

describe('a grant for later', () => {
  it('begins at its start, which its time is counted from', async () => {
    const startsAt = inSeconds(10);
    const grant = await request(alice, { startsAt });
    expect(grant).toMatchObject({ status: 'scheduled', startsAt });
    expect(problemCode(await alice.post(`/v1/grants/${grant.id}/aws-credentials`))).toBe('409 grant_not_active');
    const live = await eventually(async () => {
      const now = await seen(alice, grant);
      expect(now.status).toBe('active');
      return now;
    });
    expect(live.activatedAt).toBe(startsAt);
    expect(Date.parse(live.expiresAt ?? '')).toBe(Math.floor(Date.parse(startsAt) / 1000) * 1000 + 600_000);
    expect(await outcome(query(await issue(system, alice, grant), 'C-42'))).toBe('allowed');
  });

  it('never begins when it is cancelled before', async () => {
    const grant = await request(alice, { startsAt: inSeconds(3_600) });
    expectStatus(await alice.post(`/v1/grants/${grant.id}/cancel`), 200);
    expect(problemCode(await alice.post(`/v1/grants/${grant.id}/aws-credentials`))).toBe('409 grant_ended');
  });

  it('is lent in its windows only', async () => {
    const maintain = { entitlement: 'archive-maintain', parameters: {}, durationSeconds: 3_600 };
    // On Wednesdays from 22:00 in Zurich, summer and winter.
    const wednesday = new Date(Date.now() + 86_400_000);
    while (wednesday.getUTCDay() !== 3) wednesday.setTime(wednesday.getTime() + 86_400_000);
    const inside = `${wednesday.toISOString().slice(0, 10)}T21:30:00.000Z`;
    const outside = `${wednesday.toISOString().slice(0, 10)}T12:00:00.000Z`;
    const refused = await alice.post('/v1/grants', {
      ...maintain,
      purpose: 'p',
      justification: 'j',
      startsAt: outside,
    });
    expect(problemCode(refused)).toBe('400 outside_window');
    expect(await request(alice, { ...maintain, startsAt: inside })).toMatchObject({
      status: 'scheduled',
      startsAt: inside,
    });
    // Without a wish it begins in the next window, or ends with this one.
    const soon = await request(alice, maintain);
    expect(['scheduled', 'active']).toContain(soon.status);
  });
});

describe('the work that a grant is for', () => {
  it('is done when its ticket is closed: its grants end, and what was lent is refused', async () => {
    const [live, other] = [await request(alice, { ticket: 'JOB-1' }), await request(alice, { ticket: 'JOB-2' })];
    const pending = await asked(alice, { ticket: 'JOB-1' });
    const [lent, kept] = [await issue(system, alice, live), await issue(system, alice, other)];
    expect(expectStatus(await tell('JOB-1', { state: 'open' }), 200).ended).toEqual([]);

    const message = { id: 'message-0001' };
    const answer = expectStatus(await tell('JOB-1', message), 200);
    expect([...(answer.ended ?? [])].sort()).toEqual([live.id, pending.id].sort());
    expect(await seen(alice, live)).toMatchObject({ status: 'completed', endNote: 'JOB-1 was closed' });
    expect((await seen(alice, pending)).status).toBe('cancelled');
    await untilRefused(lent, 'C-42');
    expect(problemCode(await alice.post(`/v1/grants/${live.id}/aws-credentials`))).toBe('409 grant_ended');
    expect(await outcome(query(kept, 'C-42'))).toBe('allowed');
    expect((await seen(alice, other)).status).toBe('active');

    expect(problemCode(await tell('JOB-2', message))).toBe('409 callback_replayed');
    expect((await leavesOf(audrey, live)).map(({ type }) => type)).toContain('grant.completed');
  });

  it('is not done by a forged, late or misshapen message', async () => {
    const live = await request(alice, { ticket: 'JOB-3' });
    const before = await refusals();
    expect(problemCode(await tell('JOB-3', { key: 'guessed' }))).toBe('401 unauthenticated');
    expect(problemCode(await tell('JOB-3', { age: 301 }))).toBe('401 unauthenticated');
    expect(problemCode(await tell('JOB-3', { age: -330 }))).toBe('401 unauthenticated');
    expect(problemCode(await tell('not a ticket'))).toBe('400 invalid_request');
    expect((await seen(alice, live)).status).toBe('active');
    const after = await refusals();
    expect(after.slice(before.length)).toEqual(['forged', 'late', 'late', 'malformed']);
  });
});

/** Why callbacks were refused today, of which no grant is known. */
async function refusals(): Promise<unknown[]> {
  const day = new Date().toISOString().slice(0, 10);
  const leaves: { type: string; at: string; facts: Record<string, unknown> }[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined;) {
    const path: string = `/v1/audit/events?day=${day}&limit=100${cursor && `&cursor=${cursor}`}`;
    const page = expectStatus(await audrey.get<{ items: typeof leaves; cursor?: string }>(path), 200);
    leaves.push(...page.items);
    cursor = page.cursor;
  }
  const refused = leaves.filter(({ type, facts }) => type === 'callback.refused' && facts['route'] === 'tickets');
  return refused.sort((a, b) => a.at.localeCompare(b.at)).map(({ facts }) => facts['reason']);
}
