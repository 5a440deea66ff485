/** What must not count: too many requests, one's own word, odd comments, rivals, and clicks that are none. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GrantView } from '../../contract/schemas.ts';
import type { ChatValue } from '../../core/messages/chat.ts';
import { approved, asked, decide, eventually, leavesOf, outbox, seen, toldOf } from './asking.ts';
import { buttonsFor, click } from './chat.ts';
import { expectStatus, problemCode, signedIn, startSystem } from './harness.ts';
import type { Caller } from './harness.ts';

const USERS = ['alice', 'bob', 'bob-admin', 'carol', 'heidi', 'audrey', 'dave', 'erin'] as const;

let system: Awaited<ReturnType<typeof startSystem>>;
let as: Readonly<Record<(typeof USERS)[number], Caller>>;

beforeAll(async () => {
  system = await startSystem();
  const callers = await Promise.all(USERS.map(async (user) => [user, await signedIn(system, user, true)] as const));
  as = Object.fromEntries(callers) as typeof as;
}, 180_000);
afterAll(() => system.stop(), 60_000);

const SUPPORT = { entitlement: 'act-for-customer', parameters: {}, subject: 'customer:local-customer:erin' };

/** The reasons in a grant's leaves of a type, sorted. */
async function reasons(grant: GrantView, type: string, fact: string): Promise<unknown[]> {
  const leaves = (await leavesOf(as.audrey, grant)).filter((leaf) => leaf.type === type);
  return leaves.map(({ facts }) => facts[fact]).sort();
}

describe('a person’s requests', () => {
  it('wait for people twenty at a time, whatever others ask', { timeout: 120_000 }, async () => {
    const waiting: GrantView[] = [];
    while (waiting.length < 20) {
      waiting.push(...(await Promise.all([1, 2, 3, 4].map(() => asked(as.dave, SUPPORT)))));
    }
    const body = { ...SUPPORT, durationSeconds: 600, purpose: 'p', justification: 'j' };
    expect(problemCode(await as.dave.post('/v1/grants', body))).toBe('429 too_many_pending');
    await asked(as.alice);
    const [first] = waiting;
    expectStatus(await as.dave.post(`/v1/grants/${first?.id ?? ''}/cancel`), 200);
    const next = await asked(as.dave, SUPPORT);
    expect(problemCode(await as.dave.post('/v1/grants', body))).toBe('429 too_many_pending');
    // A decision makes room too.
    await approved(as.erin, next);
    for (const { id } of [await asked(as.dave, SUPPORT), ...waiting.slice(1)]) {
      expectStatus(await as.dave.post(`/v1/grants/${id}/cancel`), 200);
    }
  });

  it('that are denied five times in ten minutes are told of once', { timeout: 120_000 }, async () => {
    const denied: GrantView[] = [];
    while (denied.length < 5) {
      const grant = await asked(as.bob);
      denied.push(await approved(as.heidi, grant, { verdict: 'deny', comment: 'no' }));
    }
    await eventually(async () => {
      const told = (await Promise.all(denied.map((grant) => toldOf(system, grant)))).flat();
      expect(told.filter((type) => type === 'denials.repeated.v1')).toHaveLength(1);
      const mails = (await outbox(system)).filter(({ to }) => to === 'carol@example.com');
      expect(mails.filter(({ body }) => body.includes('was denied five times within ten minutes'))).toHaveLength(1);
    });
  });
});

describe('a decision', () => {
  it('is never about one’s own request, by no account', async () => {
    const grant = await asked(as.bob);
    expect(grant.approvers.map(({ name }) => name)).toEqual(['Heidi']);
    expect(problemCode(await decide(as.bob, grant))).toBe('403 own_request');
    expect(problemCode(await decide(as['bob-admin'], grant))).toBe('403 own_request');
    expect(problemCode(await decide(as.alice, grant))).toBe('404 not_found');
    expect(await seen(as.bob, grant)).toMatchObject({ status: 'pending', approvals: [] });
    expect(await reasons(grant, 'approval.refused', 'code')).toEqual(['not_found', 'own_request', 'own_request']);
    expect((await approved(as.heidi, grant)).status).toBe('active');
  });

  it('counts once for a person with two accounts', async () => {
    const grant = await asked(as.alice, { entitlement: 'account-admin', parameters: {} });
    const first = await approved(as.bob, grant);
    const again = await decide(as['bob-admin'], first);
    expect(problemCode(again)).toBe('403 not_an_approver');
    const [approval] = first.approvals;
    const withdrawn = await as.bob.delete<GrantView>(`/v1/grants/${grant.id}/approvals/${approval?.id ?? ''}`);
    expect(expectStatus(withdrawn, 200)).toMatchObject({ status: 'pending', question: { stage: 0, have: 0 } });
    expect(problemCode(await decide(as.carol, grant))).toBe('403 not_an_approver');
    expect((await approved(as['bob-admin'], await seen(as.bob, grant))).question?.stage).toBe(1);
  });

  it.each([
    ['a line break', 'yes\nno'],
    ['an escape sequence', 'yes\u001b[2J'],
    ['a change of direction', 'yes \u202eon'],
    ['nothing', '   '],
  ])('whose comment holds %s is refused', async (_, comment) => {
    const grant = await asked(as.alice);
    expect(problemCode(await decide(as.bob, grant, { comment }))).toBe('400 invalid_request');
    expect((await seen(as.alice, grant)).approvals).toEqual([]);
    expectStatus(await as.alice.post(`/v1/grants/${grant.id}/cancel`), 200);
  });

  it('whose comment holds markup shows it as text', async () => {
    const markup = '<img src=x onerror=alert(1)> *bold* <!channel> [x](javascript:1)';
    const grant = await asked(as.alice, { purpose: markup });
    await eventually(async () => {
      const chats = (await outbox(system)).filter(({ to, body }) => to === 'ops-chat' && body.includes(grant.id));
      expect(chats.length).toBeGreaterThan(0);
      for (const { body } of chats) {
        expect(body).not.toContain('"type":"mrkdwn"');
        expect((JSON.parse(body) as { text: string }).text).not.toContain('<');
      }
    });
    expect((await approved(as.bob, grant, { comment: markup })).approvals).toMatchObject([{ comment: markup }]);
  });

  it('has one winner among rivals, and a leaf for each try', async () => {
    const grant = await asked(as.alice);
    const tries = await Promise.all([
      decide(as.bob, grant),
      decide(as.heidi, grant, { verdict: 'deny', comment: 'no' }),
      as.alice.post<GrantView>(`/v1/grants/${grant.id}/cancel`),
    ]);
    const winners = tries.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    const { status } = await seen(as.alice, grant);
    expect(winners[0]?.body.status).toBe(status);
    for (const { status: code } of tries) expect([200, 409]).toContain(code);
    const types = (await leavesOf(as.audrey, grant)).map(({ type }) => type);
    const ends = ['grant.activated', 'grant.denied', 'grant.cancelled'];
    expect(types.filter((type) => ends.includes(type))).toHaveLength(1);
    const losers = tries.slice(0, 2).filter(({ status: code }) => code !== 200).length;
    expect(types.filter((type) => type === 'approval.refused')).toHaveLength(losers);
  });
});

describe('a click in chat', () => {
  const valueFor = ({ id, question }: GrantView): ChatValue => ({
    grant: id,
    requestSha256: question?.requestSha256 ?? '',
    nonce: randomBytes(16).toString('base64url'),
  });

  it('decides nothing of high risk: there is no button, and a made-up one leads to the link', async () => {
    const grant = await asked(as.alice);
    const buttons = await eventually(async () => {
      const found = await buttonsFor(system, grant);
      expect(found.length).toBeGreaterThan(0);
      return found;
    });
    const link = `${system.api}/requests/${grant.id}`;
    expect(buttons).toMatchObject([{ action_id: 'writ.open', url: link }]);
    const answer = await click(system, 'U-bob', valueFor(grant));
    expect(problemCode(answer)).toBe('403 step_up_required');
    expect(answer.body['remediation']).toContain(link);
    // Whoever follows the link, or looks at it before, does nothing by that.
    expect((await fetch(link)).status).toBe(200);
    expect(await seen(as.alice, grant)).toMatchObject({ status: 'pending', approvals: [] });
    expect(await reasons(grant, 'callback.refused', 'reason')).toEqual(['step_up_required']);
  });

  it('changes nothing when it is forged, late, repeated, altered or somebody else’s', async () => {
    const grant = await asked(as.dave, SUPPORT);
    const value = valueFor(grant);
    const forged = { secret: 'guessed' };
    expect(problemCode(await click(system, 'U-grace', value, forged))).toBe('401 unauthenticated');
    expect(problemCode(await click(system, 'U-grace', value, { age: 301 }))).toBe('401 unauthenticated');
    expect(problemCode(await click(system, 'U-grace', value, { age: -330 }))).toBe('401 unauthenticated');
    const altered = { sent: (body: string) => body.replace('U-dave', 'U-grace') };
    expect(problemCode(await click(system, 'U-dave', value, altered))).toBe('401 unauthenticated');
    expect(problemCode(await click(system, 'U-grace', 'not a value'))).toBe('400 invalid_request');

    // Signed and in time: whoever clicks is not asked, not yet, or nobody at all.
    expect(problemCode(await click(system, 'U-grace', value))).toBe('403 not_an_approver');
    expect(problemCode(await click(system, 'U-grace', value))).toBe('409 callback_replayed');
    expect(problemCode(await click(system, 'U-dave', value))).toBe('403 own_request');
    expect(problemCode(await click(system, 'U-mallory', value))).toBe('403 forbidden');
    expect(await seen(as.dave, grant)).toMatchObject({ status: 'pending', approvals: [] });
    expect(await reasons(grant, 'callback.refused', 'reason')).toEqual([
      'not_an_approver',
      'own_request',
      'replayed',
      'unknown_person',
    ]);
    expectStatus(await as.dave.post(`/v1/grants/${grant.id}/cancel`), 200);
    expect(problemCode(await click(system, 'U-grace', { ...value, nonce: valueFor(grant).nonce }))).toBe(
      '409 grant_ended',
    );
  });
});
