import { describe, expect, it } from 'vitest';
import type { GrantStore } from '../../../core/ports.ts';
import { issueSession } from '../../../core/usecases/issueSession.ts';
import { endGrant } from '../../../core/usecases/endGrant.ts';
import { NOW } from '../fixtures.ts';
import type { World } from './world.ts';
import { ALICE, createWorld, MALLORY, refusal, render } from './world.ts';

const giveBack = (world: World, id: string, by = ALICE) =>
  endGrant(world, by, id, { type: 'return' }, undefined, render);
const revoke = (world: World, id: string, by = MALLORY) =>
  endGrant(world, by, id, { type: 'revoke', note: 'stop' }, undefined, render);

describe('endGrant', () => {
  it('returns a grant and records the deny with it', async () => {
    const world = createWorld();
    const grant = await world.request();
    await issueSession(world, ALICE, grant.id, 'api');
    await giveBack(world, grant.id);
    expect((await world.store.get(grant.id))?.state).toMatchObject({ status: 'returned', endReason: 'returned' });
    expect(await world.store.denies(grant.roleArn ?? '')).toMatchObject([
      { match: { sourceIdentity: grant.sourceIdentity }, createdAt: NOW, until: NOW + 660_000 },
    ]);
    expect((await world.leaves(grant.id)).at(-1)).toMatchObject({ type: 'grant.returned', version: 3 });
  });

  it('denies nothing where no session was ever attempted, and is conditional on that', async () => {
    const world = createWorld();
    const grant = await world.request();
    let raced = false;
    const store = {
      ...world.store,
      transition: async (change: Parameters<GrantStore['transition']>[0]) => {
        if (!raced) {
          raced = true;
          await issueSession(world, ALICE, grant.id, 'api');
        }
        return world.store.transition(change);
      },
    };
    await giveBack({ ...world, store }, grant.id);
    expect(await world.store.denies(grant.roleArn ?? '')).toHaveLength(1);
    const unlent = await world.request();
    await giveBack(world, unlent.id);
    expect(await world.store.denies(grant.roleArn ?? '')).toHaveLength(1);
  });

  it('has nothing to deny for a grant that never was active', async () => {
    const world = createWorld();
    const grant = await world.request({ startsAt: NOW + 60_000 });
    await endGrant(world, ALICE, grant.id, { type: 'cancel' }, undefined, render);
    expect((await world.store.get(grant.id))?.state.status).toBe('cancelled');
    expect(await world.store.denies(grant.roleArn ?? '')).toEqual([]);
  });

  it('looks like nothing to those who may not see it, and says no to those who may (I10)', async () => {
    const world = createWorld();
    const grant = await world.request();
    expect(await refusal(giveBack(world, grant.id, MALLORY))).toBe('not_found');
    expect(await refusal(revoke(world, grant.id))).toBe('not_found');
    world.permit('read');
    expect(await refusal(giveBack(world, grant.id, MALLORY))).toBe('forbidden');
    expect(await refusal(revoke(world, grant.id))).toBe('forbidden');
    expect((await world.store.get(grant.id))?.state.status).toBe('active');
  });

  it('revokes where policy lets somebody, keeping their words', async () => {
    const world = createWorld();
    world.permit('revoke');
    const grant = await world.request();
    await revoke(world, grant.id);
    expect((await world.store.get(grant.id))?.state).toMatchObject({
      status: 'revoked',
      endNote: 'stop',
      endedBy: { subject: 'mallory' },
    });
  });

  it('has one winner when several end it at once', async () => {
    const world = createWorld();
    world.permit('revoke');
    const grant = await world.request();
    const codes = await Promise.all(
      [giveBack(world, grant.id), revoke(world, grant.id), giveBack(world, grant.id)].map(refusal),
    );
    expect(codes.sort()).toEqual(['grant_ended', 'grant_ended', 'none']);
    expect((await world.store.get(grant.id))?.version).toBe(3);
  });

  it('finds an expired grant ended, and its expiry written down, before anybody swept', async () => {
    const world = createWorld();
    const grant = await world.request();
    world.pass(600_000);
    expect(await refusal(giveBack(world, grant.id))).toBe('grant_ended');
    expect((await world.leaves(grant.id)).at(-1)).toMatchObject({ type: 'grant.expired', version: 3 });
  });

  it('answers the same key the same, after the grant is over too', async () => {
    const world = createWorld();
    const grant = await world.request();
    const key = { keySha256: 'k', bodySha256: 'b' };
    const first = await endGrant(world, ALICE, grant.id, { type: 'return' }, key, render);
    expect(await endGrant(world, ALICE, grant.id, { type: 'return' }, key, render)).toEqual(first);
    expect(await refusal(giveBack(world, grant.id))).toBe('grant_ended');
  });
});
