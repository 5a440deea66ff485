import { describe, expect, it } from 'vitest';
import { readAudit } from '../../../core/usecases/readAudit.ts';
import { ALICE, createWorld, MALLORY, refusal } from './world.ts';

const PAGE = { limit: 10 };

describe('readAudit', () => {
  it('shows a party its own grant, and keeps no record of that', async () => {
    const world = createWorld();
    const grant = await world.request();
    const page = await readAudit(world, ALICE, { grant: grant.id }, PAGE);
    expect(page.items.map(({ type }) => type)).toEqual(['grant.requested', 'grant.activated']);
    expect(await world.leaves('audit')).toEqual([]);
  });

  it('looks like nothing to others', async () => {
    const world = createWorld();
    const grant = await world.request();
    expect(await refusal(readAudit(world, MALLORY, { grant: grant.id }, PAGE))).toBe('not_found');
    expect(await refusal(readAudit(world, MALLORY, { day: '2026-11-21' }, PAGE))).toBe('forbidden');
  });

  it('shows auditors everything, and records that they looked', async () => {
    const world = createWorld();
    world.permit('audit');
    const grant = await world.request();
    await readAudit(world, MALLORY, { grant: grant.id }, PAGE);
    const day = await readAudit(world, MALLORY, { day: '2026-11-21' }, PAGE);
    expect(day.items.map(({ type }) => type)).toEqual([
      'grant.requested',
      'grant.activated',
      'audit.read',
      'audit.read',
    ]);
    expect((await world.leaves('audit')).map(({ facts }) => facts)).toEqual([
      { grant: grant.id },
      { day: '2026-11-21' },
    ]);
  });

  it('shows a grant’s leaves to auditors after the grant itself was cleaned up, and to nobody else', async () => {
    const world = createWorld();
    const grant = await world.request();
    const store = { ...world.store, get: async () => undefined };
    expect(await refusal(readAudit({ ...world, store }, ALICE, { grant: grant.id }, PAGE))).toBe('not_found');
    world.permit('audit');
    const page = await readAudit({ ...world, store }, MALLORY, { grant: grant.id }, PAGE);
    expect(page.items).toHaveLength(2);
    expect(await refusal(readAudit({ ...world, store }, MALLORY, { grant: 'grt_never' }, PAGE))).toBe('not_found');
  });

  it('shows nothing when the record of the read can’t be written', async () => {
    const world = createWorld();
    world.permit('audit');
    const grant = await world.request();
    const store = { ...world.store, append: async () => Promise.reject(new Error('no table')) };
    await expect(readAudit({ ...world, store }, MALLORY, { grant: grant.id }, PAGE)).rejects.toThrow('no table');
  });
});
