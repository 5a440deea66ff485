import { expect, it } from 'vitest';
import { GRANT_TYPES } from '../../../contract/oauth.ts';
import { during } from '../token/during.ts';
import { createHolderKey, createTokenSystem } from '../token/sender.ts';

/** A grant with one use, one that was lent on from it, and a token of each. */
async function lineage() {
  const system = createTokenSystem();
  const parent = await system.grantOf('alice', { maxUses: 1 });
  const actor = 'workload:client:report-agent';
  const child = await system.grantOf('alice', { parent, actor, durationSeconds: 600 });
  const key = createHolderKey();
  const askAsAgent = () => {
    const fields = { grant_type: GRANT_TYPES.client, ...system.asClient('report-agent'), grant_id: child };
    return system.send(fields, { key });
  };
  const [own, below] = [await system.send(system.exchangeForm(parent), { key }), await askAsAgent()].map(({ body }) =>
    String(body['access_token']),
  );
  if (own === undefined || below === undefined) throw new Error('there are two');
  const consume = (token: string, requestId: string) =>
    system.call('consumeToken', system.assertion('billing'), { json: { token, requestId } });
  const states = () => Promise.all([parent, child].map(async (id) => (await system.deps.store.get(id))?.state));
  return { system, own, below, askAsAgent, consume, states };
}

it('the last use of a grant ends what was lent on from it too, without anybody looking at that', async () => {
  const { own, consume, states } = await lineage();
  const { body } = await consume(own, 'request-1');
  expect(body).toMatchObject({ result: 'spent', grantUsesLeft: 0 });
  expect(await states()).toMatchObject([{ status: 'completed' }, { status: 'revoked', endReason: 'parent_ended' }]);
});

it('from the last use on nothing comes of what was lent on, nor is it good, also where nobody wrote down that it fell', async () => {
  const { system, own, below, askAsAgent, consume, states } = await lineage();
  const isActive = async () => (await system.introspect(below)).body['active'];
  expect(await isActive()).toBe(true);
  expect((await askAsAgent()).status).toBe(200);
  during(system.deps.store, { childrenOf: () => Promise.reject(new Error('throttled')) });
  expect((await consume(own, 'request-1')).body).toMatchObject({ result: 'spent' });
  expect(await states()).toMatchObject([{ status: 'completed' }, { status: 'active' }]);
  expect(await isActive()).toBe(false);
  expect((await askAsAgent()).error).toBe('invalid_grant');
  expect((await consume(below, 'request-2')).code).toBe('token_not_active');
  expect(await states()).toMatchObject([{ status: 'completed' }, { status: 'active' }]);
});
