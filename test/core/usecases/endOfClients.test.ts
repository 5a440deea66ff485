import { describe, expect, it } from 'vitest';
import { endGrantsOfClients } from '../../../core/usecases/endOfClients.ts';
import { BUNDLE, createWorld, PIPELINE, PIPELINES_CLIENT } from './world.ts';

async function withGrant() {
  const world = createWorld();
  const [orders] = BUNDLE.catalogue;
  if (!orders) throw new Error('the bundle has no entitlement');
  const catalogue = [{ ...orders, domains: ['admin', 'workload'] as const }];
  world.bundle = { ...BUNDLE, catalogue, clients: [PIPELINES_CLIENT] };
  const own = await world.request();
  const held = await world.request({}, PIPELINE);
  const status = async (id: string) => (await world.store.get(id))?.state.status;
  return { world, own, held, status };
}

describe('the grants of clients', () => {
  it('stay while the client does', async () => {
    const { world, held, status } = await withGrant();
    expect(await endGrantsOfClients(world)).toBe(0);
    expect(await status(held.id)).toBe('active');
  });

  it.each([
    ['is suspended', [{ ...PIPELINES_CLIENT, status: 'suspended' as const }]],
    ['is gone', []],
  ])('end, and nobody else’s, when it %s', async (_, clients) => {
    const { world, own, held, status } = await withGrant();
    await endGrantsOfClients(world);
    world.bundle = { ...world.bundle, clients, sha256: 'c'.repeat(64) };
    expect(await endGrantsOfClients(world)).toBe(1);
    expect([await status(own.id), await status(held.id)]).toEqual(['active', 'revoked']);
    expect((await world.store.get(held.id))?.state).toMatchObject({ endReason: 'status_changed' });
    expect((await world.leaves(held.id)).at(-1)).toMatchObject({
      type: 'grant.revoked',
      facts: { client: 'pipeline' },
    });
  });

  it('are looked at once a bundle, and again where something failed', async () => {
    const { world } = await withGrant();
    let looks = 0;
    const store = {
      ...world.store,
      listByBucket: async (...args: Parameters<typeof world.store.listByBucket>) => {
        looks++;
        if (looks === 1) throw new Error('no answer');
        return world.store.listByBucket(...args);
      },
    };
    const deps = { ...world, store, bundle: world.bundle };
    await expect(endGrantsOfClients(deps)).rejects.toThrow('no answer');
    await endGrantsOfClients(deps);
    await endGrantsOfClients(deps);
    expect(looks).toBe(2);
  });
});
