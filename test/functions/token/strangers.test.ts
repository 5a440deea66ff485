import { describe, expect, it } from 'vitest';
import { GRANT_TYPES, TOKEN_TYPES } from '../../../contract/oauth.ts';
import { principalId } from '../../../core/principal.ts';
import { previewLendOn } from '../../../core/usecases/lendOn.ts';
import { ASK_REPORT, athOf, createHolderKey, createTokenSystem } from './sender.ts';

const AGENT = 'workload:client:report-agent';

describe('what strangers send in a public client’s name', () => {
  it('is not counted against those who sign in to it', async () => {
    const system = createTokenSystem();
    const { key, answer } = await system.aliceToken();
    const refresh = { grant_type: GRANT_TYPES.refresh, client_id: 'writ-cli' };
    const own = String(answer.body['refresh_token']);
    const other = `${own.slice(0, own.indexOf('.') - 4)}0000${own.slice(own.indexOf('.'))}`;
    const stranger = createHolderKey();
    for (let sent = 0; sent < 610; sent++) {
      const { error } = await system.send({ ...refresh, refresh_token: sent % 2 ? own : other }, { key: stranger });
      if (error !== 'invalid_grant') expect(error).toBe('invalid_grant');
    }
    expect((await system.send({ ...refresh, refresh_token: own }, { key })).status).toBe(200);
  }, 60_000);

  it('is not counted against others by who signs in to it', async () => {
    const system = createTokenSystem();
    const { tokens } = system.oauth;
    const grantId = await system.grantOf('alice', {});
    for (let sent = 0; sent < 1_000; sent++)
      await tokens.countRequest('client#writ-cli#admin:local-admin:bob', system.deps.clock());
    expect((await system.send(system.exchangeForm(grantId), { key: createHolderKey() })).status).toBe(200);
    for (let sent = 0; sent < 120; sent++)
      await tokens.countRequest('holder#admin:local-admin:alice', system.deps.clock());
    expect((await system.send(system.exchangeForm(grantId), { key: createHolderKey() })).error).toBe('slow_down');
  });

  it('is refused before it costs anything, if it has many fields', async () => {
    const system = createTokenSystem();
    const { error, description } = await system.send({}, { body: 'a&'.repeat(16_000) });
    expect([error, description]).toEqual(['invalid_request', 'the form has more than 100 fields']);
  });
});

describe('signed introspection', () => {
  it('is given as often as the client may ask for tokens, since both are signed', async () => {
    const system = createTokenSystem();
    const { token } = await system.aliceToken();
    const signed = { headers: { accept: ['application/token-introspection+jwt'] } };
    expect((await system.introspect(token, 'billing', signed)).status).toBe(200);
    const now = system.deps.clock();
    for (let sent = 0; sent < 6_000; sent++) await system.oauth.tokens.countRequest('client#billing', now);
    const { error, status, headers } = await system.introspect(token, 'billing', signed);
    expect([error, status, headers['retry-after']]).toEqual(['slow_down', 429, '60']);
    expect((await system.introspect(token)).body['active']).toBe(true);
  });
});

describe('a word of the old key for a new one', () => {
  it('proves nothing as the proof of a request', async () => {
    const system = createTokenSystem();
    const { token, key, grantId } = await system.aliceToken();
    const proof = await system.proofFor(key, { ath: athOf(token), bind: createHolderKey().jkt });
    const answer = await system.send(system.exchangeForm(grantId, { subject_token: token }), { proof });
    expect([answer.error, answer.description]).toEqual(['invalid_dpop_proof', expect.stringMatching(/bind/)]);
  });
});

describe('one human on both sides', () => {
  it('is no actor, whatever account it is, and however far up they lent it', async () => {
    const system = createTokenSystem();
    const parent = await system.grantOf('alice', {});
    const second = {
      actor_token: system.signInToken('alice2', { person: 'alice' }),
      actor_token_type: TOKEN_TYPES.access,
    };
    const { token, key, grantId } = await system.aliceToken();
    const answers = [
      await system.send(system.exchangeForm(parent, second), { key: createHolderKey() }),
      await system.send(system.exchangeForm(grantId, { subject_token: token, ...second }), { key }),
    ];
    for (const { error, description } of answers) {
      expect([error, description]).toEqual(['invalid_request', 'the actor is the subject of the token']);
    }
  });
});

describe('a token that is bound to an address', () => {
  it('gives its own client no other elsewhere', async () => {
    const system = createTokenSystem();
    const terms = system.deps.engine.bundle.catalogue.find(({ id }) => id === 'billing-report');
    if (terms?.kind !== 'token') throw new Error('no such entitlement');
    const { bind } = terms.terms;
    Object.assign(terms.terms, { bind: ['address'] });
    const { token, key, grantId } = await system.aliceToken();
    const fields = system.exchangeForm(grantId, { subject_token: token });
    const there = await system.send(fields, { key });
    const elsewhere = await system.send(fields, { key, context: { sourceIp: '203.0.113.99' } });
    Object.assign(terms.terms, { bind });
    expect(there.status).toBe(200);
    expect([elsewhere.error, elsewhere.description]).toEqual([
      'invalid_request',
      'the subject token is bound to another address',
    ]);
  });
});

describe('lending on', () => {
  const ask = (parent: string) => ({ ...ASK_REPORT, durationSeconds: 600, parent, actor: AGENT });

  it('is for holders whom policy lets use the grant now', async () => {
    const system = createTokenSystem();
    const parent = await system.grantOf('alice', {});
    const { engine } = system.deps;
    const decide = engine.decide.bind(engine);
    Object.assign(engine, {
      decide: (...args: Parameters<typeof decide>) =>
        args[1] === 'issue' ? { allowed: false, policies: [], reasons: ['sign in again'] } : decide(...args),
    });
    const answer = await system.call('createGrant', 'alice', { json: ask(parent) });
    Object.assign(engine, { decide });
    expect([answer.status, answer.code, answer.body['detail']]).toEqual([403, 'request_denied', 'sign in again']);
    expect(await system.deps.store.childrenOf(parent)).toEqual([]);
  });

  it('is to nobody who agreed to the grant, nor do they act under it', async () => {
    const system = createTokenSystem();
    const parent = await system.grantOf('alice', {});
    const { store } = system.deps;
    const get = store.get.bind(store);
    const by = { id: principalId('admin', 'local-admin', 'bob'), domain: 'admin', subject: 'bob', person: 'bob' };
    Object.assign(store, {
      get: async (id: string) => ({ ...(await get(id)), approvals: [{ id: 'apr_1', by, verdict: 'approve', at: 1 }] }),
    });
    const lent = await system.call('createGrant', 'alice', {
      json: { ...ask(parent), actor: 'admin:local-admin:bob' },
    });
    const actor = { actor_token: system.signInToken('bob'), actor_token_type: TOKEN_TYPES.access };
    const acting = await system.send(system.exchangeForm(parent, actor), { key: createHolderKey() });
    Object.assign(store, { get });
    expect([lent.code, lent.body['detail']]).toEqual(['cannot_lend_on', expect.stringMatching(/agreed/)]);
    expect([acting.error, acting.description]).toEqual(['invalid_request', expect.stringMatching(/agreed/)]);
  });

  it('is done so many times with one grant', async () => {
    const system = createTokenSystem();
    const parent = await system.grantOf('alice', {});
    const { store } = system.deps;
    const childrenOf = store.childrenOf.bind(store);
    Object.assign(store, { childrenOf: () => Promise.resolve(Array.from({ length: 200 }, () => 'grt_x')) });
    const answer = await system.call('createGrant', 'alice', { json: ask(parent) });
    Object.assign(store, { childrenOf });
    expect(answer.code).toBe('cannot_lend_on');
  });

  it('is for holders who sign in themselves: in the chain, whoever acts for them would be missing', async () => {
    const system = createTokenSystem();
    const parent = await system.grantOf('alice', {});
    const bot = {
      id: principalId('admin', 'local-admin', 'bot'),
      domain: 'admin',
      subject: 'bot',
      person: 'bot',
    } as const;
    const { principal } = await system.oauth.verifier.verify(system.signInToken('alice'));
    const lending = (actors: readonly (typeof bot)[]) =>
      previewLendOn(
        system.deps,
        { principal: { ...principal, actors }, sourceIp: '192.0.2.1' },
        { ...ask(parent), actor: principalId('workload', 'client', 'report-agent') },
      );
    expect((await lending([])).outcome).toBe('allowed');
    await expect(lending([bot])).rejects.toMatchObject({ code: 'cannot_lend_on' });
  });
});
