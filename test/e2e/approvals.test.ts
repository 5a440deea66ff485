import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BriefView, GrantView, LeafView } from '../../contract/schemas.ts';
import type { LocalSystem } from '../../local/system.ts';
import { ORDERS_OF_C42, problemCode, signedIn, startSystem } from './harness.ts';
import type { Caller } from './harness.ts';

/** People decide, over the whole system: API, tables, streams, bus, state machine, queue, messages. */

let system: LocalSystem & { stop(): Promise<void> };
let alice: Caller;
let bob: Caller;
let carol: Caller;
let audrey: Caller;

beforeAll(async () => {
  system = await startSystem();
  [alice, bob, carol, audrey] = await Promise.all([
    signedIn(system, 'alice', true),
    signedIn(system, 'bob', true),
    signedIn(system, 'carol', true),
    signedIn(system, 'audrey'),
  ]);
}, 180_000);

afterAll(() => system.stop(), 60_000);

const ask = (over: object = {}) => ({ ...ORDERS_OF_C42, entitlement: 'orders-write', ...over });

/** What comes by stream, bus and queue comes a little later. */
async function eventually(assert: () => Promise<void>): Promise<void> {
  for (const until = Date.now() + 60_000; ;) {
    try {
      await assert();
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(250);
    }
  }
}

async function approve(by: Caller, grant: GrantView, over: object = {}) {
  return by.post<GrantView>(`/v1/grants/${grant.id}/approvals`, {
    verdict: 'approve',
    comment: 'seen',
    requestSha256: grant.question?.requestSha256,
    ...over,
  });
}

async function outbox(): Promise<readonly { to: string; subject?: string; body: string }[]> {
  const response = await fetch(`${system.issuer}/dev/outbox`);
  const body = (await response.json()) as { items?: [] } | [];
  return Array.isArray(body) ? body : (body.items ?? []);
}

describe('orders-write', () => {
  it('is told to the team lead, shows what it means, and is live when he approves', { timeout: 120_000 }, async () => {
    const { body: asked } = await alice.post<GrantView>('/v1/grants', ask());
    expect(asked).toMatchObject({ status: 'pending', question: { stageName: 'team lead', need: 1, have: 0 } });
    expect(asked.approvers.map(({ name }) => name)).toContain('Bob');

    const list = await bob.get<{ items: GrantView[] }>('/v1/grants?view=approvals');
    expect(list.body.items.map(({ id }) => id)).toContain(asked.id);
    const brief = (await bob.get<BriefView>(`/v1/grants/${asked.id}/brief`)).body;
    expect(brief.consequences.length).toBeGreaterThan(0);
    expect(brief.blastRadius).toMatchObject({ accounts: ['111122223333'], dataClass: 'personal', risk: 'high' });
    expect(JSON.parse(brief.sessionPolicy ?? '{}')).toHaveProperty('Statement');
    expect(brief.ifNobodyAnswers).toContain('the request lapses');

    await eventually(async () => {
      const told = await outbox();
      expect(told.some(({ to, body }) => to === 'bob@example.com' && body.includes(asked.id))).toBe(true);
    });
    expect(problemCode(await approve(alice, asked))).toBe('403 own_request');
    expect(problemCode(await approve(audrey, asked))).toBe('403 not_an_approver');
    const approved = await approve(bob, asked);
    expect(approved.body).toMatchObject({ status: 'active', approvals: [{ verdict: 'approve', via: 'api' }] });
    const credentials = await alice.post(`/v1/grants/${asked.id}/aws-credentials`);
    expect(credentials.status).toBe(200);
    await eventually(async () => {
      expect((await outbox()).some(({ to, body }) => to === 'alice@example.com' && body.includes(asked.id))).toBe(true);
    });

    const leaves = await audrey.get<{ items: LeafView[] }>(`/v1/audit/events?grant=${asked.id}`);
    expect(leaves.body.items.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['grant.requested', 'grant.pending', 'approval.refused', 'grant.activated']),
    );
  });

  it('is extended by a new decision of the same people', { timeout: 60_000 }, async () => {
    const { body: asked } = await alice.post<GrantView>('/v1/grants', ask());
    const live = (await approve(bob, asked)).body;
    const more = { durationSeconds: 300, justification: 'another order' };
    const extended = await alice.post<GrantView>(`/v1/grants/${asked.id}/extension`, more);
    expect(extended.body).toMatchObject({
      status: 'active',
      expiresAt: live.expiresAt,
      question: { about: 'extension' },
    });
    const allowed = (await approve(bob, extended.body)).body;
    expect(Date.parse(allowed.expiresAt ?? '')).toBe(Date.parse(live.expiresAt ?? '') + 300_000);
  });
});

describe('account-admin', () => {
  it('takes the team lead, then the security admin', { timeout: 60_000 }, async () => {
    const body = ask({ entitlement: 'account-admin', parameters: {} });
    const { body: asked } = await alice.post<GrantView>('/v1/grants', body);
    expect(problemCode(await approve(carol, asked))).toBe('403 not_an_approver');
    const first = (await approve(bob, asked)).body;
    expect(first).toMatchObject({ status: 'pending', question: { stage: 1, stageName: 'security admin' } });
    expect(problemCode(await approve(bob, first))).toBe('403 not_an_approver');
    expect((await approve(carol, first)).body.status).toBe('active');
  });
});
