import { describe, expect, it } from 'vitest';
import { GRANT_TYPES, TOKEN_TYPES } from '../../../contract/oauth.ts';
import { principalId } from '../../../core/principal.ts';
import { during, registered } from './during.ts';
import type { Fields, HolderKey, OAuthAnswered, TokenSystem } from './sender.ts';
import { athOf, claimsOf, createHolderKey, createTokenSystem } from './sender.ts';

/** Who acts, after one exchange, several, and a refresh. */

const BILLING = 'https://billing.example.com';
const WRIT = 'https://writ.example';
const tokenIn = ({ body }: OAuthAnswered): string => String(body['access_token']);

/** What is kept of a token while it goes from hand to hand. */
interface Held {
  readonly token: string;
  readonly key: HolderKey;
}

/** The next client exchanges it, for a key of its own. */
async function handOn(system: TokenSystem, grantId: string, { token, key }: Held, client: string, over: Fields = {}) {
  const fresh = createHolderKey();
  const fields = {
    ...system.exchangeForm(grantId, { subject_token: token, client_id: undefined }),
    ...system.asClient(client),
    subject_dpop: await system.proofFor(key, { ath: athOf(token), bind: fresh.jkt }),
    ...over,
  };
  const answer = await system.send(fields, { key: fresh });
  return { answer, held: { token: tokenIn(answer), key: fresh } };
}

const said = ({ error, description }: OAuthAnswered) => [error, description];

describe('may_act of the subject token', () => {
  const exchange = (system: TokenSystem, grantId: string, mayAct: object, over: Fields = {}) =>
    system.send(
      system.exchangeForm(grantId, { subject_token: system.signInToken('alice', { may_act: mayAct }), ...over }),
      { key: createHolderKey() },
    );
  const CLIENT = { iss: WRIT, sub: 'writ-cli' };
  const PIPELINE = { iss: 'http://127.0.0.1:4602/workload', sub: 'ci' };
  const asPipeline = (system: TokenSystem): Fields => ({
    actor_token: system.signInToken('ci', {}, 'workload'),
    actor_token_type: TOKEN_TYPES.access,
  });

  it.each<[string, object, boolean, string]>([
    ['the client', CLIENT, false, 'workload:client:writ-cli'],
    ['the party of the actor token', PIPELINE, true, 'workload:local-workload:ci'],
  ])('lets act whom it names: %s', async (_, mayAct, withActor, expected) => {
    const system = createTokenSystem();
    const grantId = await system.grantOf('alice', {});
    const answer = await exchange(system, grantId, mayAct, withActor ? asPipeline(system) : {});
    expect(answer.status).toBe(200);
    expect(claimsOf(tokenIn(answer))['act']).toEqual({ sub: expected });
  });

  it.each<[string, object, boolean]>([
    ['the client, where an actor comes with it', CLIENT, true],
    ['the actor, where it does not come', PIPELINE, false],
    ['another client', { iss: WRIT, sub: 'billing' }, false],
    ['the same name of another issuer', { iss: 'http://127.0.0.1:4602/workload', sub: 'writ-cli' }, false],
    ['the same name of no issuer that is trusted', { iss: 'https://other.example', sub: 'writ-cli' }, false],
  ])('lets nobody act but whom it names: %s', async (_, mayAct, withActor) => {
    const system = createTokenSystem();
    const grantId = await system.grantOf('alice', {});
    const answer = await exchange(system, grantId, mayAct, withActor ? asPipeline(system) : {});
    expect(said(answer)).toEqual(['invalid_request', 'may_act of the subject token names another actor']);
  });

  it('lets the same act after a refresh, and nobody else', async () => {
    const system = createTokenSystem();
    const grantId = await system.grantOf('alice', {});
    const key = createHolderKey();
    const subject_token = system.signInToken('alice', { may_act: CLIENT });
    const first = await system.send(system.exchangeForm(grantId, { subject_token }), { key });
    const refresh = { grant_type: GRANT_TYPES.refresh, refresh_token: String(first.body['refresh_token']) };
    const other = await system.send({ ...refresh, ...system.asClient('billing') }, { key });
    expect(other.error).toBe('invalid_grant');
    const next = await system.send({ ...refresh, client_id: 'writ-cli' }, { key });
    expect(claimsOf(tokenIn(next))['act']).toEqual({ sub: 'workload:client:writ-cli' });
    const asOther = await system.send({ ...refresh, client_id: 'writ-cli', ...asPipeline(system) }, { key });
    expect(said(asOther)).toEqual(['invalid_request', expect.stringMatching(/actor_token.* does not belong/)]);
  });

  it('gives no refresh token to an actor who brought a token of their own', async () => {
    const system = createTokenSystem();
    const answer = await exchange(system, await system.grantOf('alice', {}), PIPELINE, asPipeline(system));
    expect(answer.body).not.toHaveProperty('refresh_token');
  });
});

describe('a chain of actors', () => {
  /** Services of one audience, each of which may carry what reaches it. */
  function fleet(system: TokenSystem): readonly string[] {
    const clients = ['billing', 'shop-service', 'support-service', 'report-agent', 'support-desk'];
    for (const client of clients) {
      registered(system, client, { serves: [BILLING], audiences: [BILLING], scopes: ['reports:read'] });
    }
    const { engine } = system.deps;
    const decide = engine.decide.bind(engine);
    during(engine, {
      decide: (...args) => (args[1] === 'delegate' ? { allowed: true, policies: [], reasons: [] } : decide(...args)),
    });
    return clients;
  }
  const client = (id: string) => `workload:client:${id}`;

  it('names every hand, the last one outermost, up to five', async () => {
    const system = createTokenSystem();
    const fifth = fleet(system);
    const { token, key, grantId } = await system.aliceToken();
    let held: Held = { token, key };
    const hands = ['writ-cli'];
    for (const next of fifth.slice(0, 4)) {
      const { answer, held: passed } = await handOn(system, grantId, held, next);
      expect(answer.status).toBe(200);
      hands.unshift(next);
      held = passed;
    }
    const nested = hands.reduceRight<object | undefined>(
      (act, id) => ({ sub: client(id), ...(act && { act }) }),
      undefined,
    );
    const claims = claimsOf(held.token);
    expect([claims['sub'], claims['act']]).toEqual(['admin:local-admin:alice', nested]);
    expect((await system.introspect(held.token)).body['act']).toEqual(nested);
    const { answer } = await handOn(system, grantId, held, 'support-desk');
    expect(said(answer)).toEqual(['invalid_request', 'a chain has at most 5 actors: start anew from a grant']);
  });

  it('has nobody twice, however many hands are between', async () => {
    const system = createTokenSystem();
    fleet(system);
    const { token, key, grantId } = await system.aliceToken();
    const { held: atBilling } = await handOn(system, grantId, { token, key }, 'billing');
    const { held: atShop } = await handOn(system, grantId, atBilling, 'shop-service');
    const back = await handOn(system, grantId, atShop, 'billing');
    expect(said(back.answer)).toEqual(['invalid_request', 'the actor is in the chain of actors already']);
    const self = await system.send(
      {
        ...system.exchangeForm(grantId, { subject_token: atShop.token, client_id: undefined }),
        ...system.asClient('shop-service'),
      },
      { key: atShop.key },
    );
    expect(claimsOf(tokenIn(self))['act']).toEqual(claimsOf(atShop.token)['act']);
  });

  it('ends with the first hand’s token, all the way', async () => {
    const system = createTokenSystem();
    fleet(system);
    const { token, key, grantId } = await system.aliceToken();
    const { held: atBilling } = await handOn(system, grantId, { token, key }, 'billing');
    const { held: atShop } = await handOn(system, grantId, atBilling, 'shop-service');
    expect((await system.introspect(atShop.token)).body['active']).toBe(true);
    await system.revoke(token);
    expect((await system.introspect(atShop.token)).body).toEqual({ active: false });
    const { answer } = await handOn(system, grantId, atShop, 'support-service');
    expect(said(answer)).toEqual(['invalid_request', expect.stringMatching(/no longer good/)]);
  });
});

describe('a token of a grant that was lent on', () => {
  async function agents(system: TokenSystem) {
    const parent = await system.grantOf('alice', {});
    const actor = 'workload:client:report-agent';
    const child = await system.grantOf('alice', { parent, actor, durationSeconds: 600 });
    const key = createHolderKey();
    const fields = { grant_type: GRANT_TYPES.client, ...system.asClient('report-agent'), grant_id: child };
    return { parent, child, held: { token: tokenIn(await system.send(fields, { key })), key } };
  }

  it('is carried further under its own grant, and says where it comes from', async () => {
    const system = createTokenSystem();
    const { parent, child, held } = await agents(system);
    const { answer, held: carried } = await handOn(system, child, held, 'billing');
    expect(answer.status).toBe(200);
    expect(claimsOf(carried.token)).toMatchObject({
      sub: 'admin:local-admin:alice',
      act: { sub: 'workload:client:billing', act: { sub: 'workload:client:report-agent' } },
      grant_id: child,
      grant_chain: [parent],
    });
    const { answer: asParent } = await handOn(system, parent, held, 'billing');
    expect(said(asParent)).toEqual(['invalid_request', 'grant_id must be the grant of the subject token']);
  });

  it('is not used by whoever agreed to the first grant', async () => {
    const system = createTokenSystem();
    const { parent, child, held } = await agents(system);
    registered(system, 'billing', { signsInAs: ['writ-cli'] });
    const { store } = system.deps;
    const get = store.get.bind(store);
    const by = { id: principalId('admin', 'local-admin', 'bob'), domain: 'admin', subject: 'bob', person: 'bob' };
    const agreed = [{ id: 'apr_1', by, verdict: 'approve', at: 1 }];
    Object.assign(store, {
      get: async (id: string) => ({ ...(await get(id)), ...(id === parent && { approvals: agreed }) }),
    });
    const actor = { actor_token: system.signInToken('bob'), actor_token_type: TOKEN_TYPES.access };
    const { answer } = await handOn(system, child, held, 'billing', actor);
    expect(said(answer)).toEqual(['invalid_request', 'the actor agreed to the grant, so they may not use it']);
    Object.assign(store, { get: async (id: string) => (id === parent ? undefined : get(id)) });
    const { answer: unknown } = await handOn(system, child, held, 'billing', actor);
    expect(said(unknown)).toEqual(['invalid_request', 'the actor agreed to the grant, so they may not use it']);
  });

  it('is over, and gives no other, when the grant above ends or is narrowed', async () => {
    for (const end of ['return', 'narrow'] as const) {
      const system = createTokenSystem();
      const { parent, child, held } = await agents(system);
      const { held: carried } = await handOn(system, child, held, 'billing');
      const scope = [{ actions: ['reports:read'], resources: [BILLING] }];
      const path = { id: parent };
      const ended =
        end === 'return'
          ? await system.call('returnGrant', 'alice', { path })
          : await system.call('narrowGrant', 'alice', { path, json: { scope } });
      expect(ended.status).toBe(200);
      expect((await system.introspect(carried.token)).body).toEqual({ active: false });
      const { answer } = await handOn(system, child, held, 'billing');
      expect(said(answer)).toEqual(['invalid_request', expect.stringMatching(/no longer good/)]);
    }
  });
});

describe('too many tokens in a minute', () => {
  it('are refused to the client, with when to try again', async () => {
    const system = createTokenSystem();
    const parent = await system.grantOf('alice', {});
    const actor = 'workload:client:report-agent';
    const grant_id = await system.grantOf('alice', { parent, actor, durationSeconds: 600 });
    const ask = () =>
      system.send(
        { grant_type: GRANT_TYPES.client, ...system.asClient('report-agent'), grant_id },
        { key: createHolderKey() },
      );
    registered(system, 'report-agent', { ratePerMinute: 2 });
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 200]);
    const { status, error, headers } = await ask();
    expect([status, error, headers['retry-after']]).toEqual([429, 'slow_down', '60']);
    system.pass(60_000);
    expect((await ask()).status).toBe(200);
  });
});
