/** Tokens of one's own grant: what they say, what is refused, and fifty at once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GrantView } from '../../contract/schemas.ts';
import { leavesOf } from './asking.ts';
import { request, signedIn, startSystem, tokensOf } from './harness.ts';
import type { Caller } from './harness.ts';
import type { Fields } from './oauth.ts';
import {
  ACCESS_TOKEN,
  asClient,
  askToken,
  BILLING,
  claimsOf,
  exchangeBy,
  exchanged,
  EXCHANGE,
  hashOf,
  introspect,
  issued,
  nonceOf,
  postForm,
  proof,
  proofKey,
  refusal,
  REPORTS_OF_C42,
  tokenEndpoint,
} from './oauth.ts';
import type { TokenBody } from './oauth.ts';

let system: Awaited<ReturnType<typeof startSystem>>;
let alice: Caller;
let grant: GrantView;

beforeAll(async () => {
  system = await startSystem();
  alice = await signedIn(system, 'alice');
  grant = await request(alice, REPORTS_OF_C42);
}, 180_000);
afterAll(() => system.stop(), 60_000);

const ALICE = 'admin:local-admin:alice';
const tokensIn = async (of: GrantView): Promise<number> => {
  const leaves = await leavesOf(await signedIn(system, 'audrey'), of);
  return leaves.filter(({ type }) => type === 'token.issued').length;
};

describe('an exchange by the command line', () => {
  it('gives a token that says whose, by whom, for what, and is bound to the key', async () => {
    const { token, key } = await exchanged(system, 'alice', grant);
    expect(token).toMatchObject({
      token_type: 'DPoP',
      issued_token_type: ACCESS_TOKEN,
      scope: 'reports:read reports:export',
      authorization_details: [{ type: 'billing_report', identifier: 'C-42', actions: ['read', 'export'] }],
    });
    expect(token.expires_in).toBeLessThanOrEqual(300);
    expect(token.refresh_token).toBeTruthy();
    const claims = claimsOf(token.access_token);
    expect(claims).toMatchObject({
      iss: system.api,
      sub: ALICE,
      act: { sub: 'workload:client:writ-cli' },
      aud: BILLING,
      client_id: 'writ-cli',
      cnf: { jkt: key.jkt },
      grant_id: grant.id,
      kind: 'delegation',
    });
    expect(JSON.stringify(claims)).not.toContain('alice@example.com');
    expect(await introspect(system, 'billing', token.access_token)).toMatchObject({
      active: true,
      sub: ALICE,
      cnf: { jkt: key.jkt },
      token_type: 'DPoP',
    });
    // It is nobody else's to look at.
    expect(await introspect(system, 'shop-service', token.access_token)).toEqual({ active: false });
  });

  it.each<[string, Fields, string]>([
    ['without its grant', { grant_id: '' }, '400 invalid_request'],
    ['for another grant', { grant_id: 'grt_00000000000000000000000000' }, '400 invalid_grant'],
    ['for more than the grant has', { scope: 'reports:read refunds:create' }, '400 invalid_scope'],
    ['for an audience that it is not for', { audience: 'https://shop.example.com' }, '400 invalid_target'],
    ['by a client that nobody registered', { client_id: 'nobody' }, '401 invalid_client'],
  ])('%s is refused', async (_, more, code) => {
    const { access_token: signIn } = await tokensOf(system, 'alice');
    const fields = exchangeBy(grant, signIn, more);
    const sent = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
    expect(refusal(await askToken(system, sent, await proofKey()))).toBe(code);
  });

  it('of somebody else’s grant is refused, as of one that does not exist', async () => {
    const { access_token: signIn } = await tokensOf(system, 'bob');
    const ask = async (id: string) => askToken(system, exchangeBy({ id }, signIn), await proofKey());
    const [other, none] = await Promise.all([ask(grant.id), ask('grt_00000000000000000000000000')]);
    expect([refusal(other), other.text]).toEqual(['400 invalid_grant', none.text]);
  });

  it('without a proof is refused: no token of this client is for whoever finds it', async () => {
    const { access_token: signIn } = await tokensOf(system, 'alice');
    expect(refusal(await askToken(system, exchangeBy(grant, signIn)))).toBe('400 invalid_request');
  });
});

describe('one proof, twenty times at once', () => {
  it('gives one token', async () => {
    const before = await tokensIn(grant);
    const { access_token: signIn } = await tokensOf(system, 'alice');
    const url = tokenEndpoint(system);
    const dpop = await proof(await proofKey(), url, { nonce: await nonceOf(system) });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => postForm<TokenBody>(url, exchangeBy(grant, signIn), { dpop })),
    );
    const refusals = answers.map(refusal).filter((code) => code !== '200 a token');
    expect(refusals).toEqual(Array.from({ length: 19 }, () => '400 invalid_dpop_proof'));
    expect(await tokensIn(grant)).toBe(before + 1);
  });
});

describe('fifty exchanges at once', () => {
  it('of one grant all give a token, each its own', async () => {
    const { access_token: signIn } = await tokensOf(system, 'alice');
    const url = tokenEndpoint(system);
    const nonce = await nonceOf(system);
    const key = await proofKey();
    const proofs = await Promise.all(Array.from({ length: 50 }, () => proof(key, url, { nonce })));
    const answers = await Promise.all(
      proofs.map((dpop) => postForm<TokenBody>(url, exchangeBy(grant, signIn), { dpop })),
    );
    const claims = answers.map((answer) => claimsOf(issued(answer).access_token));
    expect(new Set(claims.map(({ jti }) => jti)).size).toBe(50);
    expect(new Set(claims.map(({ status }) => status.status_list.idx)).size).toBe(50);
  });
});

describe('the service that a token is for', () => {
  /** What the billing service sends to carry a token of the command line’s further, under its own key. */
  async function carried(changes: { readonly bind?: string; readonly without?: boolean } = {}) {
    const { token, key: old } = await exchanged(system, 'alice', grant);
    const [key, nonce, client] = await Promise.all([proofKey(), nonceOf(system), asClient(system, 'billing')]);
    const url = tokenEndpoint(system);
    const bind = changes.bind ?? key.jkt;
    const subject = await proof(old, url, { nonce, ath: hashOf(token.access_token), bind });
    const fields = {
      grant_type: EXCHANGE,
      ...client,
      grant_id: grant.id,
      subject_token: token.access_token,
      subject_token_type: ACCESS_TOKEN,
      scope: 'reports:read',
      ...(changes.without !== true && { subject_dpop: subject }),
    };
    const answer = await postForm<TokenBody>(url, fields, { dpop: await proof(key, url, { nonce }) });
    return { answer, key, from: claimsOf(token.access_token) };
  }

  it('may carry less of it further, under a key of its own that the old one named', async () => {
    const { answer, key, from } = await carried();
    const claims = claimsOf(issued(answer).access_token);
    expect(claims).toMatchObject({
      sub: ALICE,
      act: { sub: 'workload:client:billing', act: { sub: 'workload:client:writ-cli' } },
      client_id: 'billing',
      cnf: { jkt: key.jkt },
      scope: 'reports:read',
    });
    expect(claims.exp).toBeLessThanOrEqual(from.exp);
    expect(answer.body.refresh_token).toBeUndefined();
  });

  it('gets nothing where the old key named another one, or none', async () => {
    expect(refusal((await carried({ bind: (await proofKey()).jkt })).answer)).toBe('400 invalid_dpop_proof');
    expect(refusal((await carried({ without: true })).answer)).toBe('400 invalid_dpop_proof');
  });
});
