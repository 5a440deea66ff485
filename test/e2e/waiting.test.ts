/** Hours of waiting for people in minutes: reminders, wider circles, lapses, and an engine that is away. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { GrantView } from '../../contract/schemas.ts';
import { approved, asked, decide, eventually, executionsOf, outbox, seen, toldOf } from './asking.ts';
import { buttonsFor, click } from './chat.ts';
import { expectStatus, problemCode, signedIn, startSystem } from './harness.ts';
import type { Caller } from './harness.ts';

/** An hour in 24 seconds. */
const RATE = 150;
/** Nothing here may fail because a machine is slow. */
const LONG = { timeout: 900_000 };

let system: Awaited<ReturnType<typeof startSystem>>;
let alice: Caller;
let bob: Caller;
let carol: Caller;
let dave: Caller;

beforeAll(async () => {
  system = await startSystem({ clockRate: RATE });
  [alice, bob, carol, dave] = (await Promise.all(
    ['alice', 'bob', 'carol', 'dave'].map((user) => signedIn(system, user, true)),
  )) as [Caller, Caller, Caller, Caller];
}, 180_000);
afterAll(() => system.stop(), 60_000);

const secondsBetween = (from = '', to = ''): number => (Date.parse(to) - Date.parse(from)) / 1000;

/** The grant's events of a type: how many there were, once there is one. */
async function told(grant: GrantView, type: string, times = 1): Promise<void> {
  await eventually(async () => {
    expect((await toldOf(system, grant)).filter((one) => one === `${type}.v1`)).toHaveLength(times);
  });
}

/** How often somebody was told by mail of the grant in these words, once they were. */
async function mailed(user: string, { id }: GrantView, words: string, times = 1): Promise<void> {
  const item = new RegExp(`${words}[^\n]*\n\n +Grant: +${id}`, 'g');
  await eventually(async () => {
    const mails = (await outbox(system)).filter(({ to }) => to === `${user}@example.com`);
    expect(mails.flatMap(({ body }) => body.match(item) ?? [])).toHaveLength(times);
  });
}

/** The one execution that waited for the grant's people is over. */
async function workflowEnded(grant: GrantView): Promise<void> {
  await eventually(async () => {
    expect(await executionsOf(system, grant)).toEqual(['SUCCEEDED']);
  });
}

describe.concurrent('a question to people', () => {
  it('is repeated after an hour, put to more people after two, and lapses after four', LONG, async () => {
    const grant = await asked(alice);
    expect(secondsBetween(grant.question?.since, grant.question?.escalatesAt)).toBe(7_200);
    await told(grant, 'approval.reminded');
    await mailed('bob', grant, 'still waits for');
    await told(grant, 'approval.escalated');
    await mailed('carol', grant, 'waits too long for');
    await eventually(async () => {
      expect((await seen(alice, grant)).status).toBe('lapsed');
    });
    const { requestedAt, endedAt } = await seen(alice, grant);
    expect(secondsBetween(requestedAt, endedAt)).toBe(14_400);
    await workflowEnded(grant);
    await mailed('alice', grant, 'got no answer for');
    expect(problemCode(await decide(bob, grant))).toBe('409 grant_ended');
    // Each of it once, to the end.
    await told(grant, 'approval.reminded');
    await told(grant, 'approval.escalated');
    await told(grant, 'grant.lapsed');
    await mailed('bob', grant, 'still waits for');
    await mailed('carol', grant, 'still waits for', 0);
  });

  it('is the wider circle’s to answer only once it was put to them', LONG, async () => {
    const grant = await asked(alice);
    expect(problemCode(await decide(carol, grant))).toBe('403 not_an_approver');
    expect(grant.approvers.map(({ name }) => name)).not.toContain('Carol');
    await told(grant, 'approval.escalated');
    const live = await approved(carol, await seen(carol, grant));
    expect(live).toMatchObject({ status: 'active', approvals: [{ by: { subject: 'carol' } }] });
    await workflowEnded(grant);
    await mailed('alice', grant, 'got');
  });

  it('waits anew at its second stage', LONG, async () => {
    // Critical risk takes a sign-in of the last 15 minutes, which are six seconds here.
    const fresh = (user: string): Promise<Caller> => signedIn(system, user, true);
    const body = { entitlement: 'account-admin', parameters: {}, durationSeconds: 3_600 };
    const grant = await eventually(async () => asked(await fresh('alice'), body));
    await told(grant, 'approval.reminded');
    await mailed('bob', grant, 'still waits for');
    const second = await eventually(async () => approved(await fresh('bob'), grant));
    expect(second).toMatchObject({ status: 'pending', question: { stageName: 'security admin', stage: 1 } });
    expect(secondsBetween(second.question?.since, second.question?.lapsesAt)).toBe(14_400);
    await mailed('carol', grant, 'has the approvals of a stage for');
    await told(grant, 'approval.reminded', 2);
    await mailed('carol', grant, 'still waits for');
    await mailed('bob', grant, 'still waits for');
    expect((await eventually(async () => approved(await fresh('carol'), second))).status).toBe('active');
    await workflowEnded(grant);
  });

  it('ends its wait at once when it is denied, or asked no more', LONG, async () => {
    const [denied, cancelled] = [await asked(alice), await asked(alice)];
    await eventually(async () => {
      expect([await executionsOf(system, denied), await executionsOf(system, cancelled)]).toEqual([
        ['RUNNING'],
        ['RUNNING'],
      ]);
    });
    expect((await approved(bob, denied, { verdict: 'deny', comment: 'not today' })).status).toBe('denied');
    expectStatus(await alice.post(`/v1/grants/${cancelled.id}/cancel`), 200);
    await Promise.all([workflowEnded(denied), workflowEnded(cancelled)]);
    await told(denied, 'approval.reminded', 0);
    await told(cancelled, 'approval.reminded', 0);
  });

  it('about more time is void with the grant', LONG, async () => {
    const live = await approved(bob, await asked(alice, { durationSeconds: 3_600 }));
    const wish = { durationSeconds: 1_800, justification: 'another order' };
    const waiting = expectStatus(await alice.post<GrantView>(`/v1/grants/${live.id}/extension`, wish), 200);
    expect(waiting.question).toMatchObject({ about: 'extension', lapsesAt: live.expiresAt });
    await eventually(async () => {
      expect(await seen(alice, live)).toMatchObject({ status: 'expired', extensions: [{ status: 'void' }] });
    });
    expect((await seen(alice, live)).expiresAt).toBe(live.expiresAt);
    await mailed('alice', live, 'no longer has \\(expired\\)');
    // Its end is told of five minutes before, two seconds here: on a slow machine it may be over by then.
    expect((await toldOf(system, live)).filter((type) => type === 'grant.expiring.v1').length).toBeLessThanOrEqual(1);
    await eventually(async () => {
      expect(await executionsOf(system, live)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    });
  });

  it('that a customer leaves unanswered is the board’s after 15 minutes, also from chat', LONG, async () => {
    const grant = await asked(dave, {
      entitlement: 'act-for-customer',
      parameters: {},
      subject: 'customer:local-customer:erin',
    });
    await told(grant, 'approval.escalated');
    await mailed('grace', grant, 'waits too long for');
    const [button] = await eventually(async () => {
      const buttons = (await buttonsFor(system, grant)).filter(({ action_id }) => action_id === 'writ.approve');
      expect(buttons.length).toBeGreaterThan(0);
      return buttons.slice(-1);
    });
    // Five minutes are two seconds here: what comes late is refused before anything in it counts.
    await eventually(async () => {
      const answer = await click(system, 'U-grace', button?.value ?? '');
      expect(answer.body).toEqual({ result: 'approved', grant: grant.id });
    });
    expect(await seen(dave, grant)).toMatchObject({
      status: 'active',
      approvals: [{ via: 'chat', by: { subject: 'grace' } }],
    });
    await workflowEnded(grant);
  });
});

describe('while the workflow’s engine is away', () => {
  afterEach(() => {
    system.faults.set({});
  });

  it('people decide all the same, nothing is granted without them, and reminders come later', LONG, async () => {
    system.faults.set({
      rules: [
        { service: 'states', operation: 'StartExecution', kind: 'throttle', rate: 1 },
        { service: 'lambda', operation: 'Invoke', kind: 'throttle', rate: 1 },
      ],
    });
    const [decided, waiting] = [await asked(alice), await asked(alice)];
    await told(decided, 'grant.pending');
    expect((await approved(bob, decided)).status).toBe('active');
    expectStatus(await alice.post(`/v1/grants/${decided.id}/aws-credentials`), 200);
    await mailed('alice', decided, 'got');
    expect(await executionsOf(system, waiting)).toEqual([]);
    expect(await seen(alice, waiting)).toMatchObject({ status: 'pending', approvals: [] });

    system.faults.set({});
    await told(waiting, 'approval.reminded');
    await mailed('bob', waiting, 'still waits for');
    expect((await approved(bob, await seen(bob, waiting))).status).toBe('active');
    await Promise.all([workflowEnded(waiting), workflowEnded(decided)]);
  });

  it('so is the bus: what happened is published when it is back', LONG, async () => {
    system.faults.set({ rules: [{ service: 'events', operation: 'PutEvents', kind: 'throttle', rate: 1 }] });
    const [decided, waiting] = [await asked(alice), await asked(alice)];
    expect((await approved(bob, decided)).status).toBe('active');
    expect(await seen(alice, waiting)).toMatchObject({ status: 'pending', approvals: [] });
    expect(await toldOf(system, decided)).toEqual([]);
    expect(await executionsOf(system, waiting)).toEqual([]);

    system.faults.set({});
    await told(decided, 'grant.activated');
    await told(waiting, 'grant.pending');
    await mailed('bob', waiting, 'asks for');
    expect((await approved(bob, await seen(bob, waiting))).status).toBe('active');
    await Promise.all([workflowEnded(waiting), workflowEnded(decided)]);
  });
});
