/** Whoever is acted for decides: consent, its record, what rests on it, and how it is taken back. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BriefView, ConsentView, GrantView } from '../../contract/schemas.ts';
import { approved, asked, decide, eventually, leavesOf, outbox, seen } from './asking.ts';
import { expectStatus, problemCode, signedIn, startSystem } from './harness.ts';
import type { Caller } from './harness.ts';

const ERIN = 'customer:local-customer:erin';

let system: Awaited<ReturnType<typeof startSystem>>;
let alice: Caller;
let bob: Caller;
let carol: Caller;
let grace: Caller;
let audrey: Caller;
let dave: Caller;
let erin: Caller;

beforeAll(async () => {
  system = await startSystem();
  [alice, bob, carol, grace, audrey, dave, erin] = await Promise.all([
    signedIn(system, 'alice', true),
    signedIn(system, 'bob', true),
    signedIn(system, 'carol', true),
    signedIn(system, 'grace', true),
    signedIn(system, 'audrey'),
    signedIn(system, 'dave'),
    signedIn(system, 'erin'),
  ]);
}, 180_000);
afterAll(() => system.stop(), 60_000);

const CALL = {
  entitlement: 'act-for-customer',
  parameters: {},
  subject: ERIN,
  durationSeconds: 600,
  purpose: 'reset a lost password',
  justification: 'the customer is on the line',
};
const SETTINGS = { actions: ['settings:read'], resources: ['https://support.example.com'] };

const call = (changes: object = {}): Promise<GrantView> => asked(dave, { ...CALL, ticket: undefined, ...changes });

async function ids(who: Caller, path: string): Promise<string[]> {
  return expectStatus(await who.get<{ items: { id: string }[] }>(path), 200).items.map(({ id }) => id);
}

/** Allowed again for so long, on one purpose of its own: tests don't meet each other's consents. */
async function remembered(purpose: string, seconds = 3_600, changes: object = {}) {
  const grant = await call({ purpose, ...changes });
  const live = await approved(erin, grant, { rememberSeconds: seconds });
  const { items } = expectStatus(await erin.get<{ items: ConsentView[] }>('/v1/consents'), 200);
  const consent = items.find(({ grantId }) => grantId === grant.id);
  if (!consent) throw new Error('the consent is not listed');
  return { live, consent };
}

describe('somebody who wants to act for a customer', () => {
  it('waits for her, who sees what is asked, says yes, and ends it when she likes', async () => {
    const grant = await call();
    expect(grant).toMatchObject({ status: 'pending', subject: ERIN, question: { stageName: 'consent' } });
    expect(await ids(erin, '/v1/grants?view=approvals')).toContain(grant.id);
    expect(await ids(erin, '/v1/impersonations')).toContain(grant.id);
    const brief = expectStatus(await erin.get<BriefView>(`/v1/grants/${grant.id}/brief`), 200);
    expect(brief.grant).toMatchObject({ purpose: CALL.purpose, durationSeconds: 600 });
    expect(brief.blastRadius.actions).toEqual(['settings:read', 'password:reset']);
    expect(brief.consequences).toContain('They can end it at any time.');
    expect(brief.ifNobodyAnswers).toBeTruthy();

    // Nobody else speaks for her: not who asks, nor the board before its turn, nor a security admin.
    expect(problemCode(await decide(dave, grant))).toBe('403 own_request');
    expect(problemCode(await decide(carol, grant))).toBe('403 not_an_approver');
    expect(problemCode(await decide(grace, grant))).toBe('403 not_an_approver');
    expect(problemCode(await decide(alice, grant))).toBe('404 not_found');

    const live = await approved(erin, grant);
    expect(live).toMatchObject({ status: 'active', approvals: [{ by: { id: ERIN }, verdict: 'approve' }] });
    const [approval] = live.approvals;
    const withdrawn = await erin.delete<GrantView>(`/v1/grants/${grant.id}/approvals/${approval?.id ?? ''}`);
    expect(expectStatus(withdrawn, 200)).toMatchObject({ status: 'revoked', endReason: 'consent_withdrawn' });
    expect(await seen(dave, grant)).toMatchObject({ status: 'revoked', endReason: 'consent_withdrawn' });
    await eventually(async () => {
      const told = (await outbox(system)).filter(
        ({ to, body }) => to === 'dave@example.com' && body.includes(grant.id),
      );
      expect(told.some(({ body }) => body.includes('no longer has'))).toBe(true);
    });
  });

  it('gets nothing when she says no', async () => {
    const grant = await call();
    expect((await approved(erin, grant, { verdict: 'deny', comment: 'I did not call' })).status).toBe('denied');
  });

  it('can be ended by her without her approval at hand', async () => {
    const live = await approved(erin, await call());
    const revoked = await erin.post<GrantView>(`/v1/grants/${live.id}/revoke`, { reason: 'enough' });
    expect(expectStatus(revoked, 200)).toMatchObject({ status: 'revoked', endReason: 'consent_withdrawn' });
  });
});

/** RFC 8785, for what a consent holds: strings, whole numbers and lists of strings. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical((value as Record<string, unknown>)[key])}`);
  return `{${members.join(',')}}`;
}

describe('a consent that is remembered', () => {
  it('is a record that anybody can check against the audit log', async () => {
    const { live, consent } = await remembered('check the record', 7_200, { scope: [SETTINGS] });
    expect(consent).toMatchObject({
      subject: ERIN,
      actor: 'support:local-support:dave',
      entitlement: 'act-for-customer',
      purpose: 'check the record',
      operations: ['settings:read'],
      requestSha256: live.requestSha256,
    });
    expect(Date.parse(consent.expiresAt) - Date.parse(consent.givenAt)).toBe(7_200_000);
    const { sha256, withdrawnAt: _, ...record } = consent;
    const times = { givenAt: Date.parse(consent.givenAt), expiresAt: Date.parse(consent.expiresAt) };
    const computed = createHash('sha256')
      .update(canonical({ ...record, ...times }))
      .digest('hex');
    expect(computed).toBe(sha256);
    const leaves = await leavesOf(audrey, live);
    expect(leaves.filter(({ facts }) => facts['consentSha256'] === computed)).toMatchObject([
      { facts: { consent: consent.id } },
    ]);
  });

  it('serves for the same again', async () => {
    const { consent } = await remembered('the same again', 3_600, { scope: [SETTINGS] });
    const again = await call({ purpose: 'the same again', scope: [SETTINGS] });
    expect(again).toMatchObject({ status: 'active', approvals: [{ via: 'remembered', consent: consent.id }] });
    expect(await ids(erin, '/v1/impersonations')).toContain(again.id);
  });

  it.each([
    ['another purpose', { purpose: 'something else' }],
    ['more operations', { scope: undefined }],
    ['longer than it holds', { durationSeconds: 3_600 }],
    ['a start at which it would end too late', { startsAt: new Date(Date.now() + 3_400_000).toISOString() }],
  ])('does not serve for %s', async (what, changes) => {
    const purpose = `not for ${what}`;
    await remembered(purpose, 3_600, { scope: [SETTINGS] });
    const other = await call({ purpose, scope: [SETTINGS], ...changes });
    expect(other).toMatchObject({ status: 'pending', approvals: [] });
  });

  it('is only hers to give, and to take back', async () => {
    const { consent } = await remembered('hers alone');
    expect(await ids(dave, '/v1/consents')).toEqual([]);
    for (const other of [dave, bob, carol]) {
      expect(problemCode(await other.delete(`/v1/consents/${consent.id}`))).toBe('404 not_found');
    }
    const grant = await asked(alice);
    expect(problemCode(await decide(bob, grant, { rememberSeconds: 3_600 }))).toBe('400 invalid_request');
    expect((await seen(alice, grant)).status).toBe('pending');
  });

  it('ends, when taken back, what rests on it, and serves no more', async () => {
    const { live, consent } = await remembered('taken back');
    const resting = await call({ purpose: 'taken back' });
    const scheduled = await call({
      purpose: 'taken back',
      startsAt: new Date(Date.now() + 1_200_000).toISOString(),
    });
    expect([resting.status, scheduled.status]).toEqual(['active', 'scheduled']);
    const taken = expectStatus(await erin.delete<ConsentView>(`/v1/consents/${consent.id}`), 200);
    expect(taken.withdrawnAt).toBeTruthy();
    expect(taken.sha256).toBe(consent.sha256);
    for (const grant of [live, resting, scheduled]) {
      expect(await seen(dave, grant)).toMatchObject({ status: 'revoked', endReason: 'consent_withdrawn' });
    }
    expect((await call({ purpose: 'taken back' })).status).toBe('pending');
    // Said again, it says the same.
    expect(expectStatus(await erin.delete(`/v1/consents/${consent.id}`), 200)).toEqual(taken);
    const types = (await leavesOf(audrey, live)).map(({ type }) => type);
    expect(types).toContain('consent.withdrawn');
  });
});

describe('a consent', () => {
  it('is asked of customers only, and by those who may act for them', async () => {
    const body = { ...CALL, subject: 'admin:local-admin:alice' };
    expect(problemCode(await dave.post('/v1/grants', body))).toBe('400 subject_required');
    expect(problemCode(await dave.post('/v1/grants', { ...CALL, subject: undefined }))).toBe('400 subject_required');
    expect(problemCode(await alice.post('/v1/grants', CALL))).toBe('404 unknown_entitlement');
    expect(problemCode(await erin.post('/v1/grants', CALL))).toBe('404 unknown_entitlement');
  });
});
