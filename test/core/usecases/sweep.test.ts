import { describe, expect, it } from 'vitest';
import type { GrantStore } from '../../../core/ports.ts';
import { enforce } from '../../../core/usecases/enforce.ts';
import { endGrant } from '../../../core/usecases/endGrant.ts';
import { issueSession } from '../../../core/usecases/issueSession.ts';
import { sweep } from '../../../core/usecases/sweep.ts';
import { ALICE, createWorld, render } from './world.ts';

const ROLE = 'arn:aws:iam::111122223333:role/writ/lend/writ-orders-read';

function withQueue() {
  const enqueued: string[] = [];
  const queue = {
    enqueue: async (roleArn: string) => {
      enqueued.push(roleArn);
    },
  };
  return { ...createWorld(), queue, enqueued };
}

describe('sweep', () => {
  it('writes down what time did, and has every role looked at', async () => {
    const world = withQueue();
    const grant = await world.request();
    world.pass(600_000);
    expect(await sweep(world, [ROLE])).toEqual({ settled: 1, unknownIntents: 0, reconciled: 1, alarmed: 0 });
    expect((await world.store.get(grant.id))?.state.status).toBe('expired');
    expect(world.enqueued).toEqual([ROLE]);
    expect((await sweep(world, [])).settled).toBe(0);
  });

  it('tells once that a grant ends soon, unless it was short anyway', async () => {
    const world = withQueue();
    const long = await world.request({ durationSeconds: 3600 });
    const short = await world.request({ durationSeconds: 600 });
    const types = async (id: string) => (await world.leaves(id)).map(({ type }) => type);
    world.pass(3_299_000);
    await sweep(world, []);
    expect(await types(long.id)).not.toContain('grant.expiring');
    world.pass(1_000);
    await sweep(world, []);
    await sweep(world, []);
    expect((await types(long.id)).filter((type) => type === 'grant.expiring')).toHaveLength(1);
    expect(await types(short.id)).not.toContain('grant.expiring');
  });

  it('gives an attempt a minute, then counts it as issued and denies its session', async () => {
    const world = withQueue();
    const grant = await world.request();
    world.behaviour.assume = async () => {
      throw new Error('the function died');
    };
    await expect(issueSession(world, ALICE, grant.id, 'api')).rejects.toThrow('died');
    world.pass(59_000);
    expect((await sweep(world, [])).unknownIntents).toBe(0);
    world.pass(2_000);
    expect((await sweep(world, [])).unknownIntents).toBe(1);
    expect(await world.store.denies(ROLE)).toMatchObject([{ match: { sessionName: world.assumed[0]?.sessionName } }]);
    expect((await sweep(world, [])).unknownIntents).toBe(0);
  });

  it('tries everything, then fails when something failed', async () => {
    const world = withQueue();
    const grant = await world.request();
    world.pass(600_000);
    const queue = { enqueue: async () => Promise.reject(new Error('no queue')) };
    await expect(sweep({ ...world, queue }, [ROLE])).rejects.toThrow('failed in 1 places');
    expect((await world.store.get(grant.id))?.state.status).toBe('expired');
  });
});

describe('a sweep meets what fails again and again', () => {
  const STUCK = 'grt_stuck';

  it('and works on what stands behind it: hundreds of stuck items starve no other', async () => {
    const world = withQueue();
    const first = await world.request({ durationSeconds: 5 });
    const behind = await world.request();
    await issueSession(world, ALICE, behind.id, 'api');
    world.pass(700_000);
    const stuck = async function* (mine: AsyncIterable<readonly string[]>) {
      for (let batch = 0; batch < 5; batch++) yield Array.from({ length: 100 }, () => STUCK);
      yield* mine;
    };
    const store: GrantStore = {
      ...world.store,
      dueGrants: (now, batch) => stuck(world.store.dueGrants(now, batch)),
      get: async (id) => (id === STUCK ? Promise.reject(new Error('malformed')) : world.store.get(id)),
    };
    await expect(sweep({ ...world, store }, [ROLE])).rejects.toThrow('failed in 500 places');
    for (const { id } of [first, behind]) expect((await world.store.get(id))?.state.status).toBe('expired');
  });

  it('and repeats the alarms of the other break-glass uses when the grant of one is gone', async () => {
    const world = withQueue();
    const { id } = await world.request();
    const keys = {
      openUses: async function* () {
        yield [
          { person: 'gone', grantId: STUCK },
          { person: 'alice', grantId: id },
        ];
      },
    };
    world.pass(901_000);
    await expect(sweep({ ...world, keys }, [])).rejects.toThrow('failed in 1 places');
    expect((await world.leaves(id)).filter(({ type }) => type === 'breakglass.alarmed')).toHaveLength(1);
  });

  it('and begins no further batch when its time is over', async () => {
    const world = withQueue();
    let begun = 0;
    const endless = async function* () {
      for (;;) {
        begun++;
        world.pass(5_000);
        yield [STUCK];
      }
    };
    const store: GrantStore = { ...world.store, dueGrants: endless, get: async () => undefined };
    expect(await sweep({ ...world, store }, [])).toMatchObject({ settled: 3 });
    expect(begun).toBe(3);
  });

  it.each(['dueGrants', 'openIntents'] as const)('and does all else when %s can’t be read', async (list) => {
    const world = withQueue();
    const grant = await world.request();
    world.behaviour.assume = async () => Promise.reject(new Error('the function died'));
    await expect(issueSession(world, ALICE, grant.id, 'api')).rejects.toThrow('died');
    world.pass(700_000);
    const store: GrantStore = {
      ...world.store,
      [list]: async function* () {
        throw new Error('throttled');
      },
    };
    await expect(sweep({ ...world, store }, [ROLE])).rejects.toThrow('failed in 1 places');
    expect(world.enqueued).toEqual([ROLE]);
    expect((await world.store.get(grant.id))?.state.status).toBe(list === 'dueGrants' ? 'active' : 'expired');
    expect(await world.store.denies(ROLE)).toHaveLength(list === 'dueGrants' ? 1 : 0);
  });
});

describe('enforce', () => {
  it('writes the role’s whole list and remembers that it is there', async () => {
    const world = withQueue();
    const written: (string | undefined)[] = [];
    const writer = {
      write: async (_: string, policy: string | undefined) => {
        written.push(policy);
        return 'written' as const;
      },
    };
    const first = await world.request();
    const second = await world.request();
    await issueSession(world, ALICE, first.id, 'api');
    await endGrant(world, ALICE, first.id, { type: 'return' }, undefined, render);
    await enforce({ ...world, writer }, ROLE);
    expect(written[0]).toContain(first.sourceIdentity);
    expect(written[0]).not.toContain(second.sourceIdentity);
    expect(await world.store.denyFor(ROLE, first.sourceIdentity)).toMatchObject({ appliedAt: world.clock() });

    world.pass(3_700_000);
    await enforce({ ...world, writer }, ROLE);
    expect(written[1]).toBeUndefined();
  });

  it('remembers nothing when the write failed', async () => {
    const world = withQueue();
    const grant = await world.request();
    await issueSession(world, ALICE, grant.id, 'api');
    await endGrant(world, ALICE, grant.id, { type: 'return' }, undefined, render);
    const writer = { write: async () => Promise.reject(new Error('no IAM')) };
    await expect(enforce({ ...world, writer }, ROLE)).rejects.toThrow('no IAM');
    expect((await world.store.denyFor(ROLE, grant.sourceIdentity))?.appliedAt).toBeUndefined();
  });
});
