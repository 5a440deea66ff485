import { describe, expect, it } from 'vitest';
import type { PolicyBundle } from '../../../core/bundle.ts';
import type { GrantStore } from '../../../core/ports.ts';
import { endGrant } from '../../../core/usecases/endGrant.ts';
import { issueSession } from '../../../core/usecases/issueSession.ts';
import { all } from '../../adapters/samples.ts';
import { NOW } from '../fixtures.ts';
import type { World } from './world.ts';
import { ALICE, BUNDLE, createWorld, MALLORY, ORDERS, refusal, render } from './world.ts';

const issue = (world: World, id: string, kind: 'api' | 'console' = 'api', by = ALICE) =>
  issueSession(world, by, id, kind);
const types = async (world: World, id: string) => (await world.leaves(id)).map(({ type }) => type);

describe('issueSession', () => {
  it('asks STS for exactly this grant, and cuts the expiry to the grant’s', async () => {
    const world = createWorld();
    const grant = await world.request();
    const session = await issue(world, grant.id);
    expect(session.expiresAt).toBe(NOW + 600_000);
    expect(world.assumed).toMatchObject([
      {
        roleArn: grant.roleArn,
        externalId: 'writ-ext',
        sourceIdentity: grant.sourceIdentity,
        durationSeconds: 900,
        tags: { 'writ:grant': grant.id, 'writ:entitlement': 'orders-read' },
      },
    ]);
    expect(JSON.stringify(world.assumed[0]?.tags)).not.toContain('alice');
    expect((await world.store.get(grant.id))?.credentials).toEqual({ attempts: 1, issued: 1, lastIssuedAt: NOW });
  });

  it('has the intent’s leaf before STS is called, and the issued leaf before the answer (I3)', async () => {
    const world = createWorld();
    const grant = await world.request();
    const mint = world.behaviour.assume;
    let before: string[] = [];
    world.behaviour.assume = async (request) => {
      before = await types(world, grant.id);
      return mint(request);
    };
    await issue(world, grant.id);
    expect(before.at(-1)).toBe('credential.intended');
    expect((await types(world, grant.id)).at(-1)).toBe('credential.issued');
  });

  it('throws a session away when the grant ended meanwhile, and denies it by name (I1, I15)', async () => {
    const world = createWorld();
    const grant = await world.request();
    const mint = world.behaviour.assume;
    world.behaviour.assume = async (request) => {
      await endGrant(world, ALICE, grant.id, { type: 'return' }, undefined, render);
      return mint(request);
    };
    expect(await refusal(issue(world, grant.id))).toBe('grant_ended');
    const denies = await world.store.denies(grant.roleArn ?? '');
    expect(denies.map(({ match }) => match)).toContainEqual({ sessionName: world.assumed[0]?.sessionName });
    expect(await types(world, grant.id)).not.toContain('credential.issued');
    expect(await types(world, grant.id)).toContain('credential.discarded');
  });

  it('counts no answer as issued, and denies what may exist (I11)', async () => {
    const world = createWorld();
    const grant = await world.request();
    world.behaviour.assume = async () => ({ result: 'unknown' });
    expect(await refusal(issue(world, grant.id))).toBe('unavailable');
    expect(await world.store.denies(grant.roleArn ?? '')).toMatchObject([
      { match: { sessionName: world.assumed[0]?.sessionName } },
    ]);
    expect((await types(world, grant.id)).at(-1)).toBe('credential.unknown');
  });

  it('needs no deny when STS refused', async () => {
    const world = createWorld();
    const grant = await world.request();
    world.behaviour.assume = async () => ({ result: 'refused', code: 'AccessDenied' });
    await expect(issue(world, grant.id)).rejects.toThrow('AWS refused the session (AccessDenied)');
    expect(await world.store.denies(grant.roleArn ?? '')).toEqual([]);
    expect((await world.leaves(grant.id)).at(-1)).toMatchObject({
      type: 'credential.failed',
      facts: { code: 'AccessDenied' },
    });
  });

  it('decides again at each issuance, and leaves a record of a no', async () => {
    const world = createWorld();
    const grant = await world.request();
    await issue(world, grant.id);
    world.forbid('issue');
    expect(await refusal(issue(world, grant.id))).toBe('issuance_denied');
    expect(world.assumed).toHaveLength(1);
    expect((await types(world, grant.id)).at(-1)).toBe('credential.refused');
  });

  it('lends nothing that the catalogue has taken back or narrowed since, and leaves a record of it (I5)', async () => {
    const line = { actions: [], resources: [], ...ORDERS.ceiling[0] };
    const changes: Record<string, Partial<PolicyBundle>> = {
      'taken back': { catalogue: [] },
      'fewer actions': { catalogue: [{ ...ORDERS, ceiling: [{ ...line, actions: ['dynamodb:GetItem'] }] }] },
      'other keys': { catalogue: [{ ...ORDERS, ceiling: [{ ...line, leadingKeys: ['EU-{customer}'] }] }] },
      'another parameter': {
        catalogue: [
          { ...ORDERS, parameters: { ...ORDERS.parameters, shop: { type: 'id', description: 'which', example: 'x' } } },
        ],
      },
      'another account': { targets: { shop: { account: '444455556666', region: 'us-east-1', externalId: 'x' } } },
    };
    for (const [change, part] of Object.entries(changes)) {
      const world = createWorld();
      const grant = await world.request();
      const today = { ...world, engine: { ...world.engine, bundle: { ...BUNDLE, ...part } } };
      expect([change, await refusal(issueSession(today, ALICE, grant.id, 'api'))]).toEqual([change, 'issuance_denied']);
      expect((await types(world, grant.id)).at(-1)).toBe('credential.refused');
      expect(world.assumed).toHaveLength(0);
    }
  });

  it('has the role’s ARN from today’s catalogue too: another role’s scope would not be its own', async () => {
    const world = createWorld();
    const grant = await world.request();
    const forged = { ...grant, roleArn: 'arn:aws:iam::111122223333:role/writ/lend/writ-other' };
    const store = { ...world.store, get: async () => forged };
    expect(await refusal(issueSession({ ...world, store }, ALICE, grant.id, 'api'))).toBe('issuance_denied');
    expect(world.assumed).toHaveLength(0);
  });

  it('throws a session away, and says so, when the grant moved but lives on', async () => {
    const world = createWorld();
    const grant = await world.request();
    const store: GrantStore = { ...world.store, issue: async () => ({ result: 'conflict' }) };
    expect(await refusal(issueSession({ ...world, store }, ALICE, grant.id, 'api'))).toBe('version_conflict');
    expect((await types(world, grant.id)).at(-1)).toBe('credential.discarded');
  });

  it('is for the holder alone', async () => {
    const world = createWorld();
    const grant = await world.request();
    expect(await refusal(issue(world, grant.id, 'api', MALLORY))).toBe('not_found');
    world.permit('read');
    expect(await refusal(issue(world, grant.id, 'api', MALLORY))).toBe('forbidden');
    expect(world.assumed).toHaveLength(0);
  });

  it('issues nothing before the start, from the expiry on, or while people decide', async () => {
    const world = createWorld();
    const scheduled = await world.request({ startsAt: NOW + 60_000 });
    expect(await refusal(issue(world, scheduled.id))).toBe('grant_not_active');
    world.pass(60_000);
    expect(await refusal(issue(world, scheduled.id))).toBe('none');
    world.pass(600_000);
    expect(await refusal(issue(world, scheduled.id))).toBe('grant_ended');
    world.forbid('autoApprove');
    expect(await refusal(issue(world, (await world.request()).id))).toBe('grant_not_active');
  });

  it('keeps to the entitlement’s number of sessions, also in parallel', async () => {
    const world = createWorld();
    const grant = await world.request();
    const codes = await Promise.all(Array.from({ length: 8 }, () => refusal(issue(world, grant.id))));
    expect(codes.filter((code) => code === 'none')).toHaveLength(3);
    expect(new Set(codes)).toEqual(new Set(['none', 'session_limit_reached']));
    expect((await world.store.get(grant.id))?.credentials.issued).toBe(3);
  });

  it('makes console sessions of what remains, an hour at most, where the entitlement has a console', async () => {
    const world = createWorld();
    const grant = await world.request({ durationSeconds: 3600 });
    await issue(world, grant.id, 'console');
    expect(world.assumed[0]?.durationSeconds).toBe(3600);
    world.pass(1_800_500);
    await issue(world, grant.id, 'console');
    expect(world.assumed[1]?.durationSeconds).toBe(1800);
    world.pass(1_700_000);
    await issue(world, grant.id, 'console');
    expect(world.assumed[2]?.durationSeconds).toBe(900);
    const quiet = await world.request({ entitlement: 'orders-quiet' });
    expect(await refusal(issue(world, quiet.id, 'console'))).toBe('console_not_allowed');
  });

  it('lets nothing out when any write of its own fails, applied or not', async () => {
    for (const method of ['intend', 'issue'] as const) {
      for (const applied of [false, true]) {
        const world = createWorld();
        const grant = await world.request();
        const broken: GrantStore = {
          ...world.store,
          [method]: async (change: never) => {
            if (applied) await world.store[method](change);
            throw new Error('connection lost');
          },
        };
        await expect(issueSession({ ...world, store: broken }, ALICE, grant.id, 'api')).rejects.toThrow(
          'connection lost',
        );
        expect(world.assumed).toHaveLength(method === 'intend' ? 0 : 1);
        const open = await all(world.store.openIntents(NOW + 1, 10));
        expect(open).toHaveLength((method === 'intend') === applied ? 1 : 0);
      }
    }
  });
});
