import { describe, expect, it } from 'vitest';
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
    expect(await sweep(world, [ROLE])).toEqual({ settled: 1, unknownIntents: 0, reconciled: 1 });
    expect((await world.store.get(grant.id))?.state.status).toBe('expired');
    expect(world.enqueued).toEqual([ROLE]);
    expect((await sweep(world, [])).settled).toBe(0);
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
    await endGrant(world, ALICE, grant.id, { type: 'return' }, undefined, render);
    const writer = { write: async () => Promise.reject(new Error('no IAM')) };
    await expect(enforce({ ...world, writer }, ROLE)).rejects.toThrow('no IAM');
    expect((await world.store.denyFor(ROLE, grant.sourceIdentity))?.appliedAt).toBeUndefined();
  });
});
