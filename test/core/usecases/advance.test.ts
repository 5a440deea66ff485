import { describe, expect, it } from 'vitest';
import { advance } from '../../../core/usecases/advance.ts';
import { NOW } from '../fixtures.ts';
import { BUNDLE, createWorld } from './world.ts';

const HOUR = 3_600_000;

async function pendingWorld() {
  const world = createWorld();
  world.forbid('autoApprove');
  const grant = await world.request({ entitlement: 'orders-staged' });
  const types = async () => (await world.leaves(grant.id)).map(({ type }) => type);
  return { world, id: grant.id, types };
}

describe('advance', () => {
  it('says when to look again: reminder, escalation, lapse', async () => {
    const { world, id, types } = await pendingWorld();
    expect(await advance(world, id)).toEqual({ done: false, wakeAt: NOW + HOUR });
    world.pass(HOUR);
    expect(await advance(world, id)).toEqual({ done: false, wakeAt: NOW + 2 * HOUR });
    expect(await types()).toContain('approval.reminded');
    world.pass(HOUR);
    expect(await advance(world, id)).toEqual({ done: false, wakeAt: NOW + 4 * HOUR });
    expect(await types()).toContain('approval.escalated');
    world.pass(2 * HOUR);
    expect(await advance(world, id)).toEqual({ done: true });
    expect((await types()).at(-1)).toBe('grant.lapsed');
  });

  it('reminds once, however often and by however many it is asked', async () => {
    const { world, id, types } = await pendingWorld();
    world.pass(HOUR + 1);
    await Promise.all([advance(world, id), advance(world, id), advance(world, id)]);
    await advance(world, id);
    expect((await types()).filter((type) => type === 'approval.reminded')).toHaveLength(1);
  });

  it('makes up for what it slept through', async () => {
    const { world, id, types } = await pendingWorld();
    world.pass(3 * HOUR);
    expect(await advance(world, id)).toEqual({ done: false, wakeAt: NOW + 4 * HOUR });
    expect(await types()).toEqual(expect.arrayContaining(['approval.reminded', 'approval.escalated']));
  });

  it('asks anew under a new bundle, and starts its waits again', async () => {
    const { world, id, types } = await pendingWorld();
    world.pass(HOUR / 2);
    world.bundle = { ...BUNDLE, sha256: 'c'.repeat(64) };
    expect(await advance(world, id)).toEqual({ done: false, wakeAt: NOW + 1.5 * HOUR });
    expect(await types()).toContain('grant.redecided');
  });

  it('is done where nobody is asked, or nothing is known', async () => {
    const world = createWorld();
    const grant = await world.request();
    expect(await advance(world, grant.id)).toEqual({ done: true });
    expect(await advance(world, `grt_${'0'.repeat(26)}`)).toEqual({ done: true });
  });
});
