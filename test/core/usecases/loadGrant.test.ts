import { describe, expect, test } from 'vitest';
import type { Ancestor } from '../../../core/delegation.ts';
import type { Grant, GrantState } from '../../../core/grant.ts';
import { leafOf } from '../../../core/leafOf.ts';
import { SYSTEM } from '../../../core/principal.ts';
import { changeOf } from '../../../core/usecases/changeOf.ts';
import { loadSettled } from '../../../core/usecases/loadGrant.ts';
import type { GrantEvent } from '../../../core/transitions.ts';
import { transition } from '../../../core/transitions.ts';
import { ALICE, CAROL, active, NOW } from '../fixtures.ts';
import type { World } from './world.ts';
import { createWorld } from './world.ts';

/** A root, one that was lent on from it, and one from that. */
async function withLineage(state: GrantState = active().state) {
  const world = createWorld();
  const root = await born(world, active({ id: 'grt_root' }));
  const middle = await born(world, active({ id: 'grt_middle', lineage: above(root) }));
  const child = await born(world, active({ id: 'grt_child', lineage: above(root, middle), state }));
  return { world, root, middle, child };
}

const above = (...grants: readonly Grant[]): Ancestor[] =>
  grants.map(({ id, narrowings }) => ({ grantId: id, holder: ALICE, narrowings }));

async function born(world: World, any: Grant): Promise<Grant> {
  const { roleArn: _, ...grant } = any;
  const leaf = leafOf(world, grant, { type: 'grant.activated', role: 'transition', at: NOW, by: SYSTEM });
  expect(await world.store.create({ grant, leaves: [leaf] })).toEqual({ result: 'committed' });
  return grant;
}

async function move(world: World, id: string, event: GrantEvent): Promise<void> {
  const grant = await world.store.get(id);
  if (!grant) throw new Error('no such grant');
  const now = world.clock();
  const change = changeOf(world, grant, transition(grant, event, now), now);
  expect(await world.store.transition(change)).toEqual({ result: 'committed' });
}

const narrow = (grant: Grant): GrantEvent => ({
  type: 'narrow',
  by: CAROL,
  scope: grant.scope,
  expiresAt: NOW + 600_000,
  forGood: true,
  sourceIdentity: 'writ-other',
});

const RETURN: GrantEvent = { type: 'return', by: ALICE };

describe('a grant that hangs on others', () => {
  test('stays as it is while they do', async () => {
    const { world, child } = await withLineage();
    expect(await loadSettled(world, child.id)).toEqual(child);
    expect((await world.audit.ofStream(child.id, { limit: 9 })).items).toHaveLength(1);
  });

  test.each<['root' | 'middle', string, (grant: Grant) => GrantEvent]>([
    ['root', 'was returned', () => RETURN],
    ['root', 'was narrowed', narrow],
    ['middle', 'was revoked', () => ({ type: 'revoke', by: CAROL, reason: 'revoked' })],
    ['middle', 'was narrowed', narrow],
  ])('is revoked by Writ once the %s %s, with a leaf, once', async (which, _, event) => {
    const { world, child, ...lineage } = await withLineage();
    const fallen = lineage[which];
    await move(world, fallen.id, event(fallen));
    const settled = await loadSettled(world, child.id);
    expect(settled?.version).toBe(child.version + 1);
    expect(settled?.state).toMatchObject({
      status: 'revoked',
      endReason: 'parent_ended',
      endedAt: NOW,
      endedBy: SYSTEM,
      activatedAt: NOW,
    });
    expect(await loadSettled(world, child.id)).toEqual(settled);
    const leaves = (await world.audit.ofStream(child.id, { limit: 9 })).items.slice(1);
    expect(leaves.map(({ type, facts }) => [type, facts])).toEqual([['grant.revoked', { ancestor: fallen.id }]]);
  });

  test('is revoked once one of them is over by the clock alone, whoever has written that down', async () => {
    const world = createWorld();
    const root = await born(
      world,
      active({ id: 'grt_root', state: { status: 'active', activatedAt: NOW, expiresAt: NOW + 1_000 } }),
    );
    const child = await born(world, active({ id: 'grt_child', lineage: above(root) }));
    world.pass(999);
    expect((await loadSettled(world, child.id))?.state.status).toBe('active');
    world.pass(1);
    expect((await loadSettled(world, child.id))?.state).toMatchObject({ endReason: 'parent_ended' });
  });

  test('is revoked once one of them is gone, or has spent all its uses', async () => {
    const world = createWorld();
    const gone = await born(world, active({ id: 'grt_a', lineage: above(active({ id: 'grt_gone' })) }));
    const spent = await born(world, active({ id: 'grt_spent', uses: { spent: 1, max: 1 } }));
    const child = await born(world, active({ id: 'grt_b', lineage: above(spent) }));
    for (const { id } of [gone, child]) {
      expect((await loadSettled(world, id))?.state).toMatchObject({ endReason: 'parent_ended' });
    }
  });

  test('is revoked while it waits, and never begins', async () => {
    const { world, root, child } = await withLineage({ status: 'scheduled', startsAt: NOW + 60_000 });
    await move(world, root.id, RETURN);
    expect((await loadSettled(world, child.id))?.state).toMatchObject({ status: 'revoked', endReason: 'parent_ended' });
  });

  test('that is over stays as it ended', async () => {
    const { world, root, child } = await withLineage();
    await move(world, child.id, RETURN);
    await move(world, root.id, RETURN);
    expect((await loadSettled(world, child.id))?.state).toMatchObject({ status: 'returned', endReason: 'returned' });
  });

  test('loses to who moves it meanwhile, and looks again', async () => {
    const { world, root, child } = await withLineage();
    await move(world, root.id, RETURN);
    let beaten = false;
    const store: World['store'] = {
      ...world.store,
      async transition(change) {
        if (!beaten) {
          beaten = true;
          await move(world, child.id, RETURN);
        }
        return world.store.transition(change);
      },
    };
    expect((await loadSettled({ ...world, store }, child.id))?.state).toMatchObject({ status: 'returned' });
  });
});
