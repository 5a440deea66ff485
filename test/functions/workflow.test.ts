import { describe, expect, it } from 'vitest';
import { decideGrant } from '../../core/usecases/decideGrant.ts';
import type { LookAnswer } from '../../functions/workflow/app.ts';
import { createHandler } from '../../functions/workflow/app.ts';
import { BOB, createWorld, render } from '../core/usecases/world.ts';

async function workflow() {
  const world = createWorld();
  world.forbid('autoApprove');
  const grant = await world.request({ entitlement: 'orders-staged' });
  const woken: string[] = [];
  const silent = (): void => undefined;
  const handler = createHandler({
    ...world,
    clock: world.clock,
    workflows: {
      async wake(token) {
        woken.push(token);
        return 'woken';
      },
    },
    log: { answered: silent, failed: silent, undecided: silent, worked: silent },
  });
  const look = () => handler({ step: 'look', grant: grant.id });
  const wait = (token: string, wakeAt: number) => handler({ step: 'wait', grant: grant.id, token, wakeAt });
  const happened = () => handler({ 'detail-type': 'approval.given.v1', detail: { grant: grant.id, id: 'evt' } });
  const approve = () => {
    const vote = { verdict: 'approve', comment: 'ok', requestSha256: grant.requestSha256, via: 'api' } as const;
    return decideGrant(world, BOB, grant.id, vote, undefined, render);
  };
  return { world, woken, look, wait, happened, approve, handler };
}

const wakeAtOf = (answer: LookAnswer | undefined): number => (answer && !answer.done ? answer.wakeAt : Number.NaN);

describe('the workflow’s steps', () => {
  it('say how long to wait, and are woken once by what happens', async () => {
    const { look, wait, happened, woken } = await workflow();
    const first = await look();
    expect(first).toMatchObject({ done: false, seconds: 3600 });
    await wait('token-1', wakeAtOf(first));
    expect(woken).toEqual([]);
    await happened();
    await happened();
    expect(woken).toEqual(['token-1']);
  });

  it('wake themselves when something happened before there was a token', async () => {
    const { look, wait, approve, happened, woken } = await workflow();
    const first = await look();
    await approve();
    await happened();
    await wait('token-1', wakeAtOf(first));
    expect(woken).toEqual(['token-1']);
  });

  it('answer the machine’s next look about the stage that is open then', async () => {
    const { look, approve } = await workflow();
    await approve();
    expect(await look()).toMatchObject({ done: false, seconds: 7200 });
  });

  it('believe nothing but an id', async () => {
    const { handler } = await workflow();
    await expect(handler({ step: 'grant', grant: 'me' })).rejects.toMatchObject({ name: 'ZodError' });
    await expect(handler({ step: 'look', grant: 'grt_1; DROP' })).rejects.toMatchObject({ name: 'ZodError' });
  });
});
