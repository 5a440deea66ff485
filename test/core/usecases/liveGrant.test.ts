import { describe, expect, it } from 'vitest';
import type { PolicyEngine } from '../../../core/ports.ts';
import { completeTicket } from '../../../core/usecases/completeTicket.ts';
import { decideGrant } from '../../../core/usecases/decideGrant.ts';
import type { Caller } from '../../../core/usecases/deps.ts';
import { extendGrant } from '../../../core/usecases/extendGrant.ts';
import { issueSession } from '../../../core/usecases/issueSession.ts';
import type { NarrowAsk } from '../../../core/usecases/narrowGrant.ts';
import { narrowGrant } from '../../../core/usecases/narrowGrant.ts';
import { withdrawApproval } from '../../../core/usecases/withdrawApproval.ts';
import { NOW } from '../fixtures.ts';
import type { World } from './world.ts';
import { ALICE, BOB, BUNDLE, CAROL, createWorld, HEIDI, MALLORY, refusal, render } from './world.ts';

const MORE = { durationSeconds: 300, justification: 'one more order' };
const extend = (world: World, id: string, durationSeconds = 300, by: Caller = ALICE) =>
  extendGrant(world, by, id, { ...MORE, durationSeconds }, undefined, render);
const narrow = (world: World, id: string, ask: NarrowAsk, by: Caller = ALICE) =>
  narrowGrant(world, by, id, ask, undefined, render);
const state = async (world: World, id: string) => (await world.store.get(id))?.state;

describe('an extension', () => {
  it('moves the end when policy allows it, within the entitlement’s limit', async () => {
    const world = createWorld();
    const grant = await world.request();
    await extend(world, grant.id);
    expect(await state(world, grant.id)).toMatchObject({ expiresAt: NOW + 900_000 });
    await expect(extend(world, grant.id, 3600)).rejects.toThrow('the grant can be extended by 2700 s at most');
    expect(await refusal(extend(world, grant.id, 3600))).toBe('extension_out_of_range');
  });

  it('counts all extensions together, up to the entitlement’s total', async () => {
    const world = createWorld();
    const grant = await world.request({ entitlement: 'orders-staged', durationSeconds: 3600 });
    await extend(world, grant.id, 3600);
    expect(await refusal(extend(world, grant.id, 5))).toBe('extension_out_of_range');
  });

  it('waits for people where policy asks them, and the grant ends as planned if they don’t answer', async () => {
    const world = createWorld();
    const grant = await world.request();
    world.forbid('autoApprove');
    await extend(world, grant.id);
    expect(await state(world, grant.id)).toMatchObject({ status: 'active', expiresAt: NOW + 600_000 });
    expect(await refusal(extend(world, grant.id))).toBe('extension_pending');
    world.pass(600_000);
    expect(await refusal(extend(world, grant.id))).toBe('grant_ended');
    expect((await world.store.get(grant.id))?.extensions).toMatchObject([{ state: { status: 'void' } }]);
  });

  it('binds the approval to this very wish, not to the grant’s request', async () => {
    const world = createWorld();
    const grant = await world.request();
    world.forbid('autoApprove');
    await extend(world, grant.id);
    const asked = (await world.store.get(grant.id))?.extensions[0];
    const approve = (requestSha256: string) =>
      decideGrant(
        world,
        BOB,
        grant.id,
        { verdict: 'approve', comment: 'ok', requestSha256, via: 'api' },
        undefined,
        render,
      );
    expect(await refusal(approve(grant.requestSha256))).toBe('request_changed');
    await approve(asked?.requestSha256 ?? '');
    expect(await state(world, grant.id)).toMatchObject({ expiresAt: NOW + 900_000 });
    expect((await world.leaves(grant.id)).at(-1)).toMatchObject({ type: 'extension.allowed' });
  });

  it('is not decided by whoever asked for it in the holder’s name (I2)', async () => {
    const world = createWorld();
    world.permit('read');
    const grant = await world.request();
    world.forbid('autoApprove');
    const { id, domain, subject, person } = BOB.principal;
    await extend(world, grant.id, 300, {
      ...ALICE,
      principal: { ...ALICE.principal, actors: [{ id, domain, subject, person }] },
    });
    const requestSha256 = (await world.store.get(grant.id))?.extensions[0]?.requestSha256 ?? '';
    const vote = { verdict: 'approve', comment: 'ok', requestSha256, via: 'api' } as const;
    expect(await refusal(decideGrant(world, BOB, grant.id, vote, undefined, render))).toBe('own_request');
    expect(await refusal(decideGrant(world, HEIDI, grant.id, vote, undefined, render))).toBe('none');
  });

  it('loses an approval that is withdrawn while it is still asked for, and then no more', async () => {
    const world = createWorld();
    world.permit('read');
    const grant = await world.request({ entitlement: 'orders-staged' });
    world.forbid('autoApprove');
    await extend(world, grant.id);
    const asked = async () => (await world.store.get(grant.id))?.extensions[0];
    const approve = async (by: Caller) => {
      const requestSha256 = (await asked())?.requestSha256 ?? '';
      const vote = { verdict: 'approve', comment: 'ok', requestSha256, via: 'api' } as const;
      await decideGrant(world, by, grant.id, vote, undefined, render);
      return (await asked())?.approvals.at(-1)?.id ?? '';
    };
    const withdraw = (approvalId: string, by: Caller) =>
      refusal(withdrawApproval(world, by, { grantId: grant.id, approvalId }, undefined, render));

    const first = await approve(BOB);
    expect(await asked()).toMatchObject({ state: { status: 'pending', stage: 1 } });
    expect(await withdraw(first, MALLORY)).toBe('forbidden');
    world.pass(1000);
    expect(await withdraw(first, BOB)).toBe('none');
    expect(await asked()).toMatchObject({
      // Nobody is asked beyond the end of the grant.
      state: { status: 'pending', stage: 0, stageSince: NOW + 1000, lapsesAt: NOW + 600_000 },
      approvals: [{ id: first, withdrawnAt: NOW + 1000 }],
    });
    expect((await world.leaves(grant.id)).at(-1)).toMatchObject({
      type: 'approval.withdrawn',
      facts: { approval: first },
    });
    expect(await withdraw(first, BOB)).toBe('approval_final');

    const second = await approve(HEIDI);
    const third = await approve(CAROL);
    expect(await asked()).toMatchObject({ state: { status: 'allowed' } });
    for (const [id, by] of [
      [second, HEIDI],
      [third, CAROL],
    ] as const) {
      expect(await withdraw(id, by)).toBe('approval_final');
    }
    expect(await state(world, grant.id)).toMatchObject({ status: 'active', expiresAt: NOW + 900_000 });
  });

  it('leaves what was said to a former one as it is', async () => {
    const world = createWorld();
    const grant = await world.request();
    world.forbid('autoApprove');
    world.permit('read');
    await extend(world, grant.id);
    const requestSha256 = (await world.store.get(grant.id))?.extensions[0]?.requestSha256 ?? '';
    const vote = { verdict: 'deny', comment: 'no', requestSha256, via: 'api' } as const;
    await decideGrant(world, BOB, grant.id, vote, undefined, render);
    await extend(world, grant.id);
    const before = await world.store.get(grant.id);
    const approvalId = before?.extensions[0]?.approvals[0]?.id ?? '';
    const target = { grantId: grant.id, approvalId };
    expect(await refusal(withdrawApproval(world, BOB, target, undefined, render))).toBe('approval_final');
    expect(await world.store.get(grant.id)).toEqual(before);
  });

  it('shows policy the whole loan, so that slices are no way around a limit', async () => {
    const world = createWorld();
    const asked: unknown[] = [];
    const engine = {
      bundle: world.bundle,
      decide: (...[who, action, , context]: Parameters<PolicyEngine['decide']>) => {
        if (action === 'extend') asked.push(context.durationSeconds);
        return world.engine.decide(who, action);
      },
    };
    const grant = await world.request();
    for (const _ of [1, 2]) await extendGrant({ ...world, engine }, ALICE, grant.id, MORE, undefined, render);
    expect(asked).toEqual([900, 1200]);
  });

  it('can’t take back what somebody else shortened', async () => {
    const world = createWorld();
    world.permit('revoke');
    const grant = await world.request();
    await narrow(world, grant.id, { expiresAt: NOW + 60_000 }, CAROL);
    expect(await refusal(extend(world, grant.id, 5))).toBe('extension_out_of_range');
    const own = await world.request();
    await narrow(world, own.id, { expiresAt: NOW + 60_000 });
    expect(await refusal(extend(world, own.id, 300))).toBe('none');
  });

  it('is void under another bundle', async () => {
    const world = createWorld();
    const grant = await world.request();
    world.forbid('autoApprove');
    await extend(world, grant.id);
    const requestSha256 = (await world.store.get(grant.id))?.extensions[0]?.requestSha256 ?? '';
    world.bundle = { ...BUNDLE, sha256: 'c'.repeat(64) };
    const vote = { verdict: 'approve', comment: 'ok', requestSha256, via: 'api' } as const;
    expect(await refusal(decideGrant(world, BOB, grant.id, vote, undefined, render))).toBe('request_changed');
    expect(await state(world, grant.id)).toMatchObject({ expiresAt: NOW + 600_000 });
    expect((await world.store.get(grant.id))?.extensions).toMatchObject([{ state: { status: 'void' } }]);
    expect(await refusal(extend(world, grant.id))).toBe('none');
  });

  it('is the holder’s to ask for, and policy’s to deny', async () => {
    const world = createWorld();
    const grant = await world.request();
    expect(await refusal(extend(world, grant.id, 300, MALLORY))).toBe('not_found');
    world.permit('read');
    expect(await refusal(extend(world, grant.id, 300, CAROL))).toBe('forbidden');
    world.forbid('extend');
    expect(await refusal(extend(world, grant.id))).toBe('extension_denied');
  });

  it('does not reach beyond the window that the grant is held in', async () => {
    const world = createWorld();
    const startsAt = Date.parse('2026-11-21T22:30:00Z');
    const grant = await world.request({ entitlement: 'orders-nightly', startsAt, durationSeconds: 1200 });
    world.pass(startsAt - NOW);
    expect(await refusal(extend(world, grant.id, 900))).toBe('extension_out_of_range');
    expect(await refusal(extend(world, grant.id, 600))).toBe('none');
  });
});

describe('narrowing', () => {
  const GET = [{ actions: ['dynamodb:GetItem'], resources: ['arn:aws:dynamodb:us-east-1:111122223333:table/orders'] }];

  it('lends less from then on, keeps the keys, and denies the sessions of the wider scope', async () => {
    const world = createWorld();
    const grant = await world.request();
    await issueSession(world, ALICE, grant.id, 'api');
    await narrow(world, grant.id, { scope: GET });
    const after = await world.store.get(grant.id);
    expect(after?.scope).toMatchObject([{ actions: ['dynamodb:GetItem'], leadingKeys: ['C-42'] }]);
    expect(after?.request.scope).toEqual(grant.request.scope);
    expect(await world.store.denies(grant.roleArn ?? '')).toMatchObject([
      { match: { sourceIdentity: grant.sourceIdentity } },
    ]);
    await issueSession(world, ALICE, grant.id, 'api');
    const [, second] = world.assumed;
    expect(second?.sourceIdentity).toBe(after?.sourceIdentity);
    expect(second?.sourceIdentity).not.toBe(grant.sourceIdentity);
    expect(second?.policy).not.toContain('dynamodb:Query');
  });

  it('shortens, and never lengthens or widens', async () => {
    const world = createWorld();
    const grant = await world.request();
    await narrow(world, grant.id, { scope: GET, expiresAt: NOW + 120_000 });
    expect(await state(world, grant.id)).toMatchObject({ expiresAt: NOW + 120_000 });
    for (const ask of [
      { expiresAt: NOW + 300_000 },
      { expiresAt: NOW },
      { expiresAt: NOW + 120_000 },
      { scope: grant.request.scope },
    ]) {
      expect(await refusal(narrow(world, grant.id, ask))).toBe('not_narrower');
    }
  });

  it('is for the holder, and for whom policy lets end it', async () => {
    const world = createWorld();
    const grant = await world.request();
    expect(await refusal(narrow(world, grant.id, { expiresAt: NOW + 60_000 }, MALLORY))).toBe('not_found');
    world.permit('revoke');
    expect(await refusal(narrow(world, grant.id, { expiresAt: NOW + 60_000 }, CAROL))).toBe('none');
  });
});

describe('windows', () => {
  it('make an allowed grant begin when they open, and end when they close', async () => {
    const world = createWorld();
    const grant = await world.request({ entitlement: 'orders-nightly', durationSeconds: 3600 });
    const opens = Date.parse('2026-11-21T22:00:00Z');
    expect(grant.state).toEqual({ status: 'scheduled', startsAt: opens, endsBy: opens + 3_600_000 });
    const late = await world.request({
      entitlement: 'orders-nightly',
      startsAt: opens + 3_000_000,
      durationSeconds: 3600,
    });
    world.pass(opens + 3_000_000 - NOW);
    await issueSession(world, ALICE, late.id, 'api');
    expect(await state(world, late.id)).toMatchObject({ status: 'active', expiresAt: opens + 3_600_000 });
  });

  it('refuse a start outside them, and say when the next one opens', async () => {
    const world = createWorld();
    const request = world.request({ entitlement: 'orders-nightly', startsAt: NOW + 3_600_000 });
    expect(await refusal(request)).toBe('outside_window');
    await expect(world.request({ entitlement: 'orders-nightly', startsAt: NOW + 3_600_000 })).rejects.toMatchObject({
      remediation: expect.stringContaining('2026-11-21T22:00:00.000Z') as string,
    });
  });
});

describe('a closed ticket', () => {
  it('completes what is live, cancels what is not yet, and does nothing twice', async () => {
    const world = createWorld();
    const live = await world.request({ ticket: 'INC-42' });
    const later = await world.request({ ticket: 'INC-42', startsAt: NOW + 60_000 });
    const other = await world.request({ ticket: 'INC-43' });
    await issueSession(world, ALICE, live.id, 'api');
    expect([...(await completeTicket(world, 'INC-42'))].sort()).toEqual([live.id, later.id].sort());
    expect(await state(world, live.id)).toMatchObject({ status: 'completed', endNote: 'INC-42 was closed' });
    expect(await state(world, later.id)).toMatchObject({ status: 'cancelled' });
    expect(await state(world, other.id)).toMatchObject({ status: 'active' });
    expect(await world.store.denies(live.roleArn ?? '')).toHaveLength(1);
    expect(await completeTicket(world, 'INC-42')).toEqual([]);
  });
});
