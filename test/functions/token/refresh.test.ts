import { afterEach, describe, expect, it } from 'vitest';
import { GRANT_TYPES } from '../../../contract/oauth.ts';
import type { TokenTerms } from '../../../core/delegation.ts';
import type { Fields, TokenSystem } from './sender.ts';
import { claimsOf, createTokenSystem } from './sender.ts';

/** What a refresh token keeps of the exchange that it came of. */

const refreshing = (token: unknown, over: Fields = {}): Fields => ({
  grant_type: GRANT_TYPES.refresh,
  client_id: 'writ-cli',
  refresh_token: String(token),
  ...over,
});

/** All systems share one bundle. */
const undo: (() => void)[] = [];
afterEach(() => {
  for (const back of undo.splice(0)) back();
});

function during<T extends object>(target: T, over: Partial<T>): void {
  const before = Object.fromEntries(Object.keys(over).map((name) => [name, target[name as keyof T]]));
  undo.push(() => Object.assign(target, before));
  Object.assign(target, over);
}

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
