/** A workload that another issuer knows: it says who it is by that issuer's token, and holds a grant of its own. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GrantView } from '../../contract/schemas.ts';
import { leavesOf } from './asking.ts';
import { expectStatus, request, signedIn, startSystem, tokensOf } from './harness.ts';
import type { Caller } from './harness.ts';
import type { Fields } from './oauth.ts';
import {
  ASSERTION,
  asClient,
  askToken,
  BILLING,
  claimsOf,
  introspect,
  issued,
  proofKey,
  refusal,
  REPORTS_OF_C42,
} from './oauth.ts';

const PIPELINE = 'workload:local-workload:ci';

let system: Awaited<ReturnType<typeof startSystem>>;
let pipeline: Caller;
let grant: GrantView;

beforeAll(async () => {
  system = await startSystem();
  pipeline = await signedIn(system, 'ci');
  grant = await request(pipeline, REPORTS_OF_C42);
}, 180_000);
afterAll(() => system.stop(), 60_000);

/** The issuer's token in the place of an assertion (RFC 7521 §4.2). */
async function provenBy(user: string): Promise<Fields> {
  const { access_token: client_assertion } = await tokensOf(system, user);
  return { client_assertion_type: ASSERTION, client_assertion };
}

const ask = async (client: Fields, over: Fields = {}) =>
  askToken(system, { grant_type: 'client_credentials', grant_id: grant.id, ...client, ...over }, await proofKey());

describe('the build pipeline', () => {
  it('gets a token of its own grant, without anybody being asked, and acts for nobody', async () => {
    expect(grant).toMatchObject({ status: 'active', requester: { id: PIPELINE } });
    const token = issued(await ask(await provenBy('ci')));
    expect(token).toMatchObject({ token_type: 'DPoP', scope: 'reports:read reports:export' });
    const claims = claimsOf(token.access_token);
    expect(claims).toMatchObject({ sub: PIPELINE, client_id: 'ci', aud: BILLING, grant_id: grant.id });
    expect(claims.act).toBeUndefined();
    expect(await introspect(system, 'billing', token.access_token)).toMatchObject({ active: true, sub: PIPELINE });
    const types = (await leavesOf(await signedIn(system, 'audrey'), grant)).map(({ type }) => type);
    expect(types).toContain('token.issued');
  });

  it('may name itself, and no other client', async () => {
    expect(issued(await ask(await provenBy('ci'), { client_id: 'ci' })).scope).toContain('reports:read');
    expect(refusal(await ask(await provenBy('ci'), { client_id: 'billing' }))).toBe('401 invalid_client');
  });

  it.each<[string, () => Promise<Fields>, string]>([
    ['a person’s token', () => provenBy('alice'), '401 invalid_client'],
    ['another client’s assertion', () => asClient(system, 'report-agent'), '400 invalid_grant'],
    ['its name alone', () => Promise.resolve({ client_id: 'ci' }), '401 invalid_client'],
  ])('is nobody with %s', async (_, client, expected) => {
    expect(refusal(await ask(await client()))).toBe(expected);
  });

  it('asks for no more than it has', async () => {
    expect(refusal(await ask(await provenBy('ci'), { scope: 'refunds:create' }))).toBe('400 invalid_scope');
    const shop = { audience: 'https://shop.example.com' };
    expect(refusal(await ask(await provenBy('ci'), shop))).toBe('400 invalid_target');
  });

  it('refreshes by saying anew who it is, and is over with its grant', async () => {
    const key = await proofKey();
    const credentials = { grant_type: 'client_credentials', grant_id: grant.id };
    const first = issued(await askToken(system, { ...credentials, ...(await provenBy('ci')) }, key));
    const refresh = { grant_type: 'refresh_token', refresh_token: first.refresh_token ?? '' };
    expect(refusal(await askToken(system, { ...refresh, client_id: 'ci' }, key))).toBe('401 invalid_client');
    const next = issued(await askToken(system, { ...refresh, ...(await provenBy('ci')) }, key));
    expectStatus(await pipeline.post(`/v1/grants/${grant.id}/return`), 200);
    expect(await introspect(system, 'billing', next.access_token)).toEqual({ active: false });
    expect(refusal(await ask(await provenBy('ci')))).toBe('400 invalid_grant');
  });
});
