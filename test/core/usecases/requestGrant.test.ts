import { describe, expect, it } from 'vitest';
import type { GrantAsk } from '../../../core/usecases/requestGrant.ts';
import { preview, requestGrant } from '../../../core/usecases/requestGrant.ts';
import { NOW } from '../fixtures.ts';
import { ALICE, ASK, createWorld, MALLORY, refusal, render } from './world.ts';

const KEY = { keySha256: 'k'.repeat(64), bodySha256: 'x'.repeat(64) };

describe('requestGrant', () => {
  it('activates what policy allows, with both leaves', async () => {
    const world = createWorld();
    const grant = await world.request();
    expect(grant).toMatchObject({
      version: 2,
      state: { status: 'active', activatedAt: NOW, expiresAt: NOW + 600_000 },
      decision: { outcome: 'allowed', bundleSha256: 'b'.repeat(64) },
      roleArn: 'arn:aws:iam::111122223333:role/writ/lend/writ-orders-read',
      request: {
        scope: [{ resources: ['arn:aws:dynamodb:us-east-1:111122223333:table/orders'], leadingKeys: ['C-42'] }],
      },
    });
    const leaves = await world.leaves(grant.id);
    expect(leaves.map(({ version, type }) => [version, type])).toEqual([
      [1, 'grant.requested'],
      [2, 'grant.activated'],
    ]);
  });

  it('keeps free text and people out of the leaves', async () => {
    const world = createWorld();
    const grant = await world.request({ ticket: 'INC-42' });
    const text = JSON.stringify(await world.leaves(grant.id));
    for (const secret of ['look at one order', 'incident', 'alice', 'INC-42', grant.salt])
      expect(text).not.toContain(secret);
  });

  it('asks people where policy does not say yes by itself, and lapses', async () => {
    const world = createWorld();
    world.forbid('autoApprove');
    const grant = await world.request();
    expect(grant.state).toEqual({ status: 'pending', stage: 0, stageSince: NOW, lapsesAt: NOW + 3_600_000 });
    expect(grant.decision).toMatchObject({ outcome: 'needs_approval', remediation: 'do this' });
  });

  it('lapses when the wished-for window is over, though people had longer', async () => {
    const world = createWorld();
    world.forbid('autoApprove');
    const grant = await world.request({ startsAt: NOW + 60_000, durationSeconds: 300 });
    expect(grant.state).toEqual({ status: 'pending', stage: 0, stageSince: NOW, lapsesAt: NOW + 360_000 });
  });

  it('denies, and keeps the denial, when the engine fails on either question (I13)', async () => {
    for (const action of ['request', 'autoApprove'] as const) {
      const world = createWorld();
      world.failEngine(action);
      const grant = await world.request();
      expect(grant).toMatchObject({
        state: { status: 'denied' },
        decision: { outcome: 'denied', reasons: ['the engine failed'] },
      });
      expect((await world.leaves(grant.id)).map(({ type }) => type)).toEqual(['grant.requested', 'grant.denied']);
    }
  });

  it('schedules a start', async () => {
    const grant = await createWorld().request({ startsAt: NOW + 60_000 });
    expect(grant.state).toEqual({ status: 'scheduled', startsAt: NOW + 60_000 });
  });

  it.each<[Partial<GrantAsk>, string]>([
    [{ entitlement: 'nothing' }, 'unknown_entitlement'],
    [{ entitlement: 'constructor' }, 'unknown_entitlement'],
    [{ parameters: {} }, 'invalid_parameters'],
    [{ parameters: { customer: '*' } }, 'invalid_parameters'],
    [{ durationSeconds: 4 }, 'duration_out_of_range'],
    [{ durationSeconds: 3601 }, 'duration_out_of_range'],
    [{ startsAt: NOW - 1 }, 'start_out_of_range'],
    [{ startsAt: NOW + 31 * 24 * 3_600_000 }, 'start_out_of_range'],
    [{ scope: [{ actions: ['dynamodb:PutItem'], resources: ['*'] }] }, 'scope_exceeds_entitlement'],
  ])('refuses %j and keeps nothing', async (over, code) => {
    const world = createWorld();
    expect(await refusal(requestGrant(world, ALICE, { ...ASK, ...over }, KEY, render))).toBe(code);
    expect((await world.store.listByRequester(ALICE.principal.id, { limit: 10 })).items).toEqual([]);
    expect(await world.store.findIdempotent(KEY.keySha256)).toBeUndefined();
  });

  it('gives one key one effect, also twenty times at once (I8)', async () => {
    const world = createWorld();
    const answers = await Promise.all(Array.from({ length: 20 }, () => requestGrant(world, ALICE, ASK, KEY, render)));
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect((await world.store.listByRequester(ALICE.principal.id, { limit: 100 })).items).toHaveLength(1);
    expect(await refusal(requestGrant(world, ALICE, ASK, { ...KEY, bodySha256: 'y' }, render))).toBe(
      'idempotency_key_reused',
    );
  });

  it('keeps a key for as long as the grant can live, people’s time to decide and a late start included (I8)', async () => {
    const DAY_MS = 24 * 3_600_000;
    const kept = async (over: Partial<GrantAsk>, asked: boolean): Promise<number | undefined> => {
      const world = createWorld();
      if (asked) world.forbid('autoApprove');
      await requestGrant(world, ALICE, { ...ASK, ...over }, KEY, render);
      return (await world.store.findIdempotent(KEY.keySha256))?.keepUntil;
    };
    expect(await kept({}, false)).toBe(NOW + 600_000 + DAY_MS);
    expect(await kept({ startsAt: NOW + 60_000 }, false)).toBe(NOW + 60_000 + 600_000 + DAY_MS);
    expect(await kept({ startsAt: NOW + 60_000 }, true)).toBe(NOW + 660_000 + 600_000 + DAY_MS);
    expect(await kept({ startsAt: NOW + 2 * DAY_MS }, true)).toBe(NOW + 2 * DAY_MS + 600_000 + DAY_MS);
  });

  it.each([{ domain: 'customer' }, { project: 'bank' }] as const)(
    'tells %j nothing of an entitlement that is not offered to them, not even that there is one (I10)',
    async (other) => {
      const stranger = { ...ALICE, principal: { ...ALICE.principal, ...other } };
      for (const ask of [ASK, { ...ASK, parameters: {} }, { ...ASK, durationSeconds: 4 }]) {
        const world = createWorld();
        expect(await refusal(requestGrant(world, stranger, ask, KEY, render))).toBe('unknown_entitlement');
        expect(() => preview(world, stranger, ask)).toThrow('there is no entitlement');
        expect((await world.store.listByRequester(ALICE.principal.id, { limit: 10 })).items).toEqual([]);
      }
    },
  );

  it('binds the hash to every part of the request (I7)', async () => {
    const hashes = new Set<string>();
    const variants: Partial<GrantAsk>[] = [
      {},
      { parameters: { customer: 'C-43' } },
      { durationSeconds: 601 },
      { purpose: 'other' },
      { justification: 'other' },
      { ticket: 'INC-1' },
      { startsAt: NOW + 1 },
      { entitlement: 'orders-quiet' },
      { scope: [{ actions: ['dynamodb:Query'], resources: ['arn:aws:dynamodb:us-east-1:111122223333:table/orders'] }] },
    ];
    for (const over of variants) hashes.add((await createWorld().request(over)).requestSha256);
    hashes.add((await createWorld().request({}, MALLORY)).requestSha256);
    expect(hashes.size).toBe(variants.length + 1);
  });
});

describe('preview', () => {
  it('tells the decision and keeps nothing', async () => {
    const world = createWorld();
    world.forbid('request');
    expect(preview(world, ALICE, ASK).decision).toMatchObject({ outcome: 'denied', remediation: 'do this' });
    expect((await world.store.listByRequester(ALICE.principal.id, { limit: 10 })).items).toEqual([]);
  });
});
