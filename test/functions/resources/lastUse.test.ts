import { expect, it } from 'vitest';
import { createHolderKey, createTokenSystem } from '../token/sender.ts';

it('the last use of a grant ends what was lent on from it too, without anybody looking at that', async () => {
  const system = createTokenSystem();
  const parent = await system.grantOf('alice', { maxUses: 1 });
  const actor = 'workload:client:report-agent';
  const child = await system.grantOf('alice', { parent, actor, durationSeconds: 600 });
  const issued = await system.send(system.exchangeForm(parent), { proof: await system.proofFor(createHolderKey()) });
  const json = { token: String(issued.body['access_token']), requestId: 'request-1' };
  const { body } = await system.call('consumeToken', system.assertion('billing'), { json });
  expect(body).toMatchObject({ result: 'spent', grantUsesLeft: 0 });
  const states = [parent, child].map(async (id) => (await system.deps.store.get(id))?.state);
  expect(await Promise.all(states)).toMatchObject([
    { status: 'completed' },
    { status: 'revoked', endReason: 'parent_ended' },
  ]);
});
