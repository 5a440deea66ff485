import { describe, expect, it } from 'vitest';
import { listGrants, readGrant } from '../../../core/usecases/readGrants.ts';
import { ALICE, createWorld, MALLORY, refusal } from './world.ts';

const PAGE = { limit: 10 };
const reads = async (world: ReturnType<typeof createWorld>) =>
  (await world.leaves('audit')).map(({ type, facts }) => [type, facts]);

describe('reading grants', () => {
  it('keeps no record of a look at one’s own', async () => {
    const world = createWorld();
    world.permit('read');
    const grant = await world.request();
    await readGrant(world, ALICE, grant.id);
    await listGrants(world, ALICE, 'mine', PAGE);
    expect(await reads(world)).toEqual([]);
  });

  it('keeps a record of a look at others’', async () => {
    const world = createWorld();
    world.permit('read');
    const grant = await world.request();
    await readGrant(world, MALLORY, grant.id);
    await listGrants(world, MALLORY, 'active', PAGE);
    expect(await reads(world)).toEqual([
      ['grants.read', { grant: grant.id }],
      ['grants.read', { view: 'active' }],
    ]);
  });

  it('shows nothing when the record can’t be written', async () => {
    const world = createWorld();
    world.permit('read');
    const grant = await world.request();
    const store = { ...world.store, append: async () => Promise.reject(new Error('no table')) };
    await expect(readGrant({ ...world, store }, MALLORY, grant.id)).rejects.toThrow('no table');
    await expect(listGrants({ ...world, store }, MALLORY, 'active', PAGE)).rejects.toThrow('no table');
  });

  it('records no attempt that shows nothing', async () => {
    const world = createWorld();
    const grant = await world.request();
    expect(await refusal(readGrant(world, MALLORY, grant.id))).toBe('not_found');
    expect(await refusal(listGrants(world, MALLORY, 'history', PAGE))).toBe('forbidden');
    expect(await reads(world)).toEqual([]);
  });
});
