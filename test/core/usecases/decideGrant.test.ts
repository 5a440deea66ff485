import { describe, expect, it } from 'vitest';
import type { GrantAsk } from '../../../core/usecases/requestGrant.ts';
import type { Vote } from '../../../core/usecases/decideGrant.ts';
import { decideGrant } from '../../../core/usecases/decideGrant.ts';
import type { Caller } from '../../../core/usecases/deps.ts';
import { endGrant } from '../../../core/usecases/endGrant.ts';
import { readAudit } from '../../../core/usecases/readAudit.ts';
import { MAX_PENDING } from '../../../core/usecases/requestGrant.ts';
import { withdrawApproval } from '../../../core/usecases/withdrawApproval.ts';
import { NOW } from '../fixtures.ts';
import type { World } from './world.ts';
import { ALICE, BOB, BOB_ADMIN, BUNDLE, CAROL, createWorld, HEIDI, MALLORY, refusal, render } from './world.ts';

const HOUR = 3_600_000;

async function pendingWorld(over: Partial<GrantAsk> = {}) {
  const world = createWorld();
  world.forbid('autoApprove');
  const grant = await world.request({ entitlement: 'orders-staged', ...over });
  return { world, grant };
}

function vote(world: World, id: string, by: Caller, over: Partial<Vote> = {}) {
  return world.store
    .get(id)
    .then((grant) =>
      decideGrant(
        world,
        by,
        id,
        { verdict: 'approve', comment: 'seen', requestSha256: grant?.requestSha256 ?? '', via: 'api', ...over },
        undefined,
        render,
      ),
    );
}

const statusOf = async (world: World, id: string) => (await world.store.get(id))?.state.status;
const types = async (world: World, id: string) => (await world.leaves(id)).map(({ type }) => type);

describe('decideGrant', () => {
  it('goes stage by stage to activation, whose clock starts then', async () => {
    const { world, grant } = await pendingWorld();
    world.pass(HOUR);
    await vote(world, grant.id, BOB);
    expect((await world.store.get(grant.id))?.state).toMatchObject({
      status: 'pending',
      stage: 1,
      stageSince: NOW + HOUR,
      lapsesAt: NOW + 3 * HOUR,
    });
    world.pass(HOUR);
    await vote(world, grant.id, CAROL);
    const state = (await world.store.get(grant.id))?.state;
    expect(state).toMatchObject({ status: 'active', activatedAt: NOW + 2 * HOUR, expiresAt: NOW + 2 * HOUR + 600_000 });
    expect((await world.leaves(grant.id)).slice(-2)).toMatchObject([
      { type: 'approval.given', version: 3, facts: { verdict: 'approve', stage: 0, via: 'api' } },
      { type: 'grant.activated', version: 4, facts: { verdict: 'approve', stage: 1 } },
    ]);
  });

  it('denies at any stage by one word', async () => {
    const { world, grant } = await pendingWorld();
    await vote(world, grant.id, BOB);
    await vote(world, grant.id, CAROL, { verdict: 'deny', comment: 'not today' });
    expect((await world.store.get(grant.id))?.state).toMatchObject({ status: 'denied', endedBy: { subject: 'carol' } });
  });

  it.each([
    ['the requester', ALICE, 'own_request'],
    ['somebody who is not asked', CAROL, 'not_an_approver'],
  ] as const)('refuses %s, and a leaf tells of the try', async (_, by, code) => {
    const { world, grant } = await pendingWorld();
    world.permit('read');
    expect(await refusal(vote(world, grant.id, by))).toBe(code);
    expect((await world.leaves(grant.id)).at(-1)).toMatchObject({ type: 'approval.refused', facts: { code } });
    expect((await world.store.get(grant.id))?.version).toBe(2);
  });

  it('looks like nothing to a stranger, who leaves a mark all the same (I10)', async () => {
    const { world, grant } = await pendingWorld();
    expect(await refusal(vote(world, grant.id, MALLORY))).toBe('not_found');
    expect(await types(world, grant.id)).toContain('approval.refused');
  });

  it('refuses the requester under every account of theirs (I2)', async () => {
    const world = createWorld();
    world.forbid('autoApprove');
    world.permit('read');
    const grant = await world.request({ entitlement: 'orders-staged' }, BOB);
    expect(await refusal(vote(world, grant.id, BOB_ADMIN))).toBe('own_request');
    expect(await refusal(vote(world, grant.id, HEIDI))).toBe('none');
  });

  it('refuses whoever asked in another’s name, and whoever decides through somebody else’s hands (I2)', async () => {
    const world = createWorld();
    world.forbid('autoApprove');
    world.permit('read');
    const { id, domain, subject, person } = BOB.principal;
    const throughBob = { ...ALICE, principal: { ...ALICE.principal, actors: [{ id, domain, subject, person }] } };
    const grant = await world.request({ entitlement: 'orders-staged' }, throughBob);
    expect(await refusal(vote(world, grant.id, BOB))).toBe('own_request');
    const byHand = { ...HEIDI, principal: { ...HEIDI.principal, actors: [{ id, domain, subject, person }] } };
    expect(await refusal(vote(world, grant.id, byHand))).toBe('own_request');
    const other = await world.request({ entitlement: 'orders-staged' });
    expect(await refusal(vote(world, other.id, byHand))).toBe('not_an_approver');
  });

  it('refuses whom policy refuses, whatever the chain says, and when the engine fails (I13)', async () => {
    const { world, grant } = await pendingWorld();
    world.forbid('approve');
    expect(await refusal(vote(world, grant.id, BOB))).toBe('not_an_approver');
    world.failEngine('approve');
    expect(await refusal(vote(world, grant.id, BOB))).toBe('not_an_approver');
  });

  it('lets the wider circle decide only once the stage has escalated', async () => {
    const { world, grant } = await pendingWorld();
    world.permit('read');
    world.pass(2 * HOUR - 1);
    expect(await refusal(vote(world, grant.id, CAROL))).toBe('not_an_approver');
    world.pass(1);
    expect(await refusal(vote(world, grant.id, CAROL))).toBe('none');
  });

  it('takes one word a person, until it is withdrawn', async () => {
    const { world, grant } = await pendingWorld();
    await vote(world, grant.id, BOB);
    expect(await refusal(vote(world, grant.id, BOB))).toBe('not_found');
    world.permit('read');
    const apr = (await world.store.get(grant.id))?.approvals[0]?.id ?? '';
    await withdrawApproval(world, BOB, { grantId: grant.id, approvalId: apr }, undefined, render);
    expect((await world.store.get(grant.id))?.state).toMatchObject({ status: 'pending', stage: 0 });
    expect(await refusal(vote(world, grant.id, BOB))).toBe('none');
    expect(await types(world, grant.id)).toContain('approval.withdrawn');
  });

  it('binds a word to exactly what was seen (I7)', async () => {
    const { world, grant } = await pendingWorld();
    expect(await refusal(vote(world, grant.id, BOB, { requestSha256: 'f'.repeat(64) }))).toBe('request_changed');
    expect(await statusOf(world, grant.id)).toBe('pending');
  });

  it('voids what was said when the policies change, and asks anew (I7)', async () => {
    const { world, grant } = await pendingWorld();
    await vote(world, grant.id, BOB);
    world.bundle = { ...BUNDLE, sha256: 'c'.repeat(64) };
    expect(await refusal(vote(world, grant.id, CAROL))).toBe('request_changed');
    const asked = await world.store.get(grant.id);
    expect(asked).toMatchObject({ state: { status: 'pending', stage: 0 }, decision: { bundleSha256: 'c'.repeat(64) } });
    expect(asked?.requestSha256).not.toBe(grant.requestSha256);
    expect(asked?.approvals).toHaveLength(1);
    await vote(world, grant.id, BOB);
    await vote(world, grant.id, CAROL);
    expect(await statusOf(world, grant.id)).toBe('active');
  });

  it('denies what the new policies offer no more', async () => {
    const { world, grant } = await pendingWorld();
    const catalogue = BUNDLE.catalogue.filter(({ id }) => id !== 'orders-staged');
    world.bundle = { ...BUNDLE, sha256: 'c'.repeat(64), catalogue };
    expect(await refusal(vote(world, grant.id, MALLORY))).toBe('not_found');
    expect(await statusOf(world, grant.id)).toBe('pending');
    world.permit('read');
    expect(await refusal(vote(world, grant.id, BOB))).toBe('request_changed');
    expect(await statusOf(world, grant.id)).toBe('denied');
  });

  it('denies what the new policies lend for a shorter time, or less of, than was asked for', async () => {
    for (const change of [
      { limits: { maxDurationSeconds: 300, maxSessions: 3 } },
      { ceiling: [{ actions: ['dynamodb:GetItem'], resources: ['arn:aws:dynamodb:{region}:{account}:table/orders'] }] },
    ]) {
      const { world, grant } = await pendingWorld();
      const catalogue = BUNDLE.catalogue.map((one) => (one.id === 'orders-staged' ? { ...one, ...change } : one));
      world.bundle = { ...BUNDLE, sha256: 'c'.repeat(64), catalogue };
      expect(await refusal(vote(world, grant.id, BOB))).toBe('request_changed');
      expect(await statusOf(world, grant.id)).toBe('denied');
    }
  });

  it('goes by the directory where a sign-in says that two accounts are two persons (I2)', async () => {
    const world = createWorld();
    world.forbid('autoApprove');
    world.permit('read');
    const asStranger = { ...BOB_ADMIN, principal: { ...BOB_ADMIN.principal, person: BOB_ADMIN.principal.id } };
    const own = await world.request({ entitlement: 'orders-staged' }, BOB);
    expect(await refusal(vote(world, own.id, asStranger))).toBe('own_request');
    const other = await world.request({ entitlement: 'orders-staged' });
    await expect(vote(world, other.id, asStranger)).rejects.toThrow('the directory disagree about who you are');
  });

  it('refuses whose sign-in does not hold the very group that is asked', async () => {
    const { world, grant } = await pendingWorld();
    const elsewhere = { ...BOB, principal: { ...BOB.principal, groups: ['security-admins'] } };
    await expect(vote(world, grant.id, elsewhere)).rejects.toThrow('your sign-in is not in team-leads any more');
    expect(await refusal(vote(world, grant.id, elsewhere))).toBe('not_an_approver');
  });

  it('does not count whom a new directory lists no more', async () => {
    const { world, grant } = await pendingWorld();
    const people = BUNDLE.directory.people.filter(({ name }) => name !== 'Bob');
    world.bundle = { ...BUNDLE, sha256: 'c'.repeat(64), directory: { ...BUNDLE.directory, people } };
    await refusal(vote(world, grant.id, HEIDI));
    world.permit('read');
    expect(await refusal(vote(world, grant.id, BOB))).toBe('not_an_approver');
  });

  it('comes too late when the time is up', async () => {
    const { world, grant } = await pendingWorld();
    world.pass(4 * HOUR);
    world.permit('read');
    expect(await refusal(vote(world, grant.id, BOB))).toBe('grant_ended');
    expect((await types(world, grant.id)).slice(-2)).toEqual(['grant.lapsed', 'approval.refused']);
  });

  it('lets nobody audit what they decided on, under any account', async () => {
    const { world, grant } = await pendingWorld();
    await vote(world, grant.id, BOB);
    world.permit('audit');
    const read = (by: Caller) => readAudit(world, by, { grant: grant.id }, { limit: 10 });
    expect(await refusal(read(BOB))).toBe('own_request');
    expect(await refusal(read(BOB_ADMIN))).toBe('own_request');
    expect(await refusal(read(HEIDI))).toBe('none');
  });
});

describe('one winner', () => {
  it.each(['approve first', 'cancel first'])('of approve and cancel: %s', async (order) => {
    const { world, grant } = await pendingWorld({ entitlement: 'orders-read' });
    const approve = () => vote(world, grant.id, BOB);
    const cancel = () => endGrant(world, ALICE, grant.id, { type: 'cancel' }, undefined, render);
    const [first, second] = order === 'approve first' ? [approve, cancel] : [cancel, approve];
    await first();
    expect(['grant_ended', 'grant_not_cancellable', 'not_found']).toContain(await refusal(second()));
    expect(await statusOf(world, grant.id)).toBe(order === 'approve first' ? 'active' : 'cancelled');
  });

  it('of two who decide at the same moment, each with a leaf', async () => {
    const { world, grant } = await pendingWorld({ entitlement: 'orders-read' });
    const outcomes = await Promise.all([
      refusal(vote(world, grant.id, BOB)),
      refusal(vote(world, grant.id, HEIDI, { verdict: 'deny' })),
    ]);
    expect(outcomes.filter((outcome) => outcome === 'none')).toHaveLength(1);
    const told = (await types(world, grant.id)).slice(2);
    expect(told).toHaveLength(2);
    expect(told).toContain('approval.refused');
  });
});

describe('pending requests', () => {
  it('are counted a person, under all accounts: the 21st is refused, until one is decided', async () => {
    const world = createWorld();
    world.forbid('autoApprove');
    const grants = [];
    for (let n = 0; n < MAX_PENDING; n++) grants.push(await world.request({}, n % 2 === 0 ? BOB : BOB_ADMIN));
    expect(await refusal(world.request({}, BOB))).toBe('too_many_pending');
    expect(await refusal(world.request({}, ALICE))).toBe('none');
    await vote(world, grants[0]?.id ?? '', HEIDI);
    expect(await refusal(world.request({}, BOB_ADMIN))).toBe('none');
    expect(await refusal(world.request({}, BOB_ADMIN))).toBe('too_many_pending');
  });
});
