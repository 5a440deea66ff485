import { describe, expect, it } from 'vitest';
import { GRANT_TYPES } from '../../../contract/oauth.ts';
import type { TokenTerms } from '../../../core/delegation.ts';
import { during, registered } from './during.ts';
import type { Fields, TokenSystem } from './sender.ts';
import { claimsOf, createHolderKey, createTokenSystem } from './sender.ts';

/** What a refresh token keeps of the exchange that it came of. */

const refreshing = (token: unknown, over: Fields = {}): Fields => ({
  grant_type: GRANT_TYPES.refresh,
  client_id: 'writ-cli',
  refresh_token: String(token),
  ...over,
});

function bindReports({ deps }: TokenSystem, bind: TokenTerms['bind']): void {
  const entitlement = deps.engine.bundle.catalogue.find(({ id }) => id === 'billing-report');
  if (entitlement?.kind !== 'token') throw new Error('no such entitlement');
  during(entitlement.terms, { bind });
}

async function begun(bind: TokenTerms['bind'] = []) {
  const system = createTokenSystem();
  bindReports(system, bind);
  const alice = await system.aliceToken();
  return { ...system, ...alice, first: alice.answer.body['refresh_token'] };
}

const ELSEWHERE = { context: { sourceIp: '203.0.113.99' } };

describe('where a family began', () => {
  it('its tokens stay bound to that address', async () => {
    const system = await begun(['address']);
    const moved = await system.send(refreshing(system.first), { key: system.key, ...ELSEWHERE });
    expect([moved.error, moved.description]).toEqual([
      'invalid_grant',
      'the refresh token is bound to another address: exchange anew',
    ]);
    const { body } = await system.send(refreshing(system.first), { key: system.key });
    const { jti, source } = claimsOf(String(body['access_token']));
    expect(source).toBe(system.deps.sha256(`${String(jti)}|192.0.2.1`));
  });

  it('counts, also where the entitlement binds nothing any more', async () => {
    const system = await begun(['address', 'region']);
    bindReports(system, []);
    expect((await system.send(refreshing(system.first), { key: system.key, ...ELSEWHERE })).error).toBe(
      'invalid_grant',
    );
    const { body } = await system.send(refreshing(system.first), { key: system.key });
    const { jti, source, region } = claimsOf(String(body['access_token']));
    expect([source, region]).toEqual([system.deps.sha256(`${String(jti)}|192.0.2.1`), 'eu-central-1']);
  });

  it('is not known where the entitlement did not ask for it then', async () => {
    const system = await begun();
    bindReports(system, ['address']);
    expect((await system.send(refreshing(system.first), { key: system.key })).error).toBe('invalid_grant');
  });

  it('binds a token that one is exchanged for, too', async () => {
    const system = await begun(['address', 'region']);
    bindReports(system, []);
    const fields = system.exchangeForm(system.grantId, { subject_token: system.token });
    const { body } = await system.send(fields, { key: system.key });
    const { jti, source, region } = claimsOf(String(body['access_token']));
    expect([source, region]).toEqual([system.deps.sha256(`${String(jti)}|192.0.2.1`), 'eu-central-1']);
  });

  it('its Region is the only one', async () => {
    const system = createTokenSystem();
    bindReports(system, ['region']);
    const { key, answer } = await system.aliceToken();
    const { tokens } = system.oauth;
    const familyById = tokens.familyById.bind(tokens);
    tokens.familyById = async (id) => {
      const family = await familyById(id);
      return family && { ...family, region: 'eu-west-1' };
    };
    const { error, description } = await system.send(refreshing(answer.body['refresh_token']), { key });
    expect([error, description]).toEqual(['invalid_grant', expect.stringMatching(/another Region/)]);
  });
});

describe('who refreshes', () => {
  it('does so for an hour by one sign-in: what it said of groups may have changed', async () => {
    const system = createTokenSystem();
    const grantId = await system.grantOf('alice', { durationSeconds: 7_200 });
    const key = createHolderKey();
    const answer = await system.send(system.exchangeForm(grantId), { key });
    system.pass(3_599_000);
    const late = await system.send(refreshing(answer.body['refresh_token']), { key });
    expect([late.status, late.body['expires_in']]).toEqual([200, 1]);
    system.pass(1_000);
    const over = await system.send(refreshing(late.body['refresh_token']), { key });
    expect([over.error, over.description]).toEqual(['invalid_grant', expect.stringMatching(/exchange anew/)]);
    expect((await system.send(system.exchangeForm(grantId), { key })).status).toBe(200);
  });

  /** A grant of the agent's, lent on by Alice, and what the agent got for it. */
  async function agents() {
    const system = createTokenSystem();
    const parent = await system.grantOf('alice', { durationSeconds: 7_200 });
    const actor = 'workload:client:report-agent';
    const grant_id = await system.grantOf('alice', { durationSeconds: 7_000, parent, actor });
    const key = createHolderKey();
    const asAgent = () => system.asClient('report-agent');
    const { body } = await system.send({ grant_type: GRANT_TYPES.client, ...asAgent(), grant_id }, { key });
    const refresh = () =>
      system.send(refreshing(body['refresh_token'], { client_id: undefined, ...asAgent() }), { key });
    return { system, refresh };
  }

  it('may do so for as long as its grant, where it is the client itself: it proves who it is each time', async () => {
    const { system, refresh } = await agents();
    system.pass(6_000_000);
    expect((await refresh()).status).toBe(200);
  });

  it('is decided about as the client is now', async () => {
    const { system, refresh } = await agents();
    registered(system, 'report-agent', { groups: ['quarantined'] });
    const { engine } = system.deps;
    const decide = engine.decide.bind(engine);
    const asked: unknown[] = [];
    during(engine, {
      decide: (...args) => {
        asked.push(args[0].groups);
        return decide(...args);
      },
    });
    expect((await refresh()).status).toBe(200);
    expect(asked).toEqual([['quarantined']]);
  });
});

describe('a request that somebody copied', () => {
  it('ends nothing, since its proof was used; a fresh proof with the same token does', async () => {
    const system = await begun();
    const proof = await system.proofFor(system.key);
    const fields = refreshing(system.first);
    const next = await system.send(fields, { proof });
    system.pass(11_000);
    for (let copies = 0; copies < 3; copies++) {
      const { error, description } = await system.send(fields, { proof });
      expect([error, description]).toEqual(['invalid_dpop_proof', expect.stringMatching(/used before/)]);
    }
    const again = await system.send(refreshing(next.body['refresh_token']), { key: system.key });
    expect(again.status).toBe(200);
    const fresh = await system.proofFor(system.key);
    expect((await system.send(fields, { proof: fresh })).description).toMatch(/all that came of it are revoked/);
    expect((await system.send(refreshing(again.body['refresh_token']), { key: system.key })).error).toBe(
      'invalid_grant',
    );
  });
});
