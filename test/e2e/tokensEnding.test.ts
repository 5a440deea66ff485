/** What ends, ends at once: for introspection, for whoever wants another token, and soon for those who only read the list. */
import { randomUUID } from 'node:crypto';
import { createLocalJWKSet, jwtVerify } from 'jose';
import type { JSONWebKeySet } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GrantView } from '../../contract/schemas.ts';
import { decodeStatusList, readStatus } from '../../tokens/statusList.ts';
import { approved, asked, eventually, leavesOf, seen } from './asking.ts';
import type { Answer, Caller } from './harness.ts';
import { caller, expectStatus, problemCode, request, signedIn, startSystem, tokensOf } from './harness.ts';
import {
  asClient,
  askToken,
  assertion,
  claimsOf,
  exchangeBy,
  exchanged,
  introspect,
  postForm,
  proofKey,
  refusal,
  REPORTS_OF_C42,
} from './oauth.ts';

let system: Awaited<ReturnType<typeof startSystem>>;
let alice: Caller;
let bob: Caller;
let carol: Caller;

beforeAll(async () => {
  system = await startSystem();
  [alice, bob, carol] = await Promise.all([
    signedIn(system, 'alice', true),
    signedIn(system, 'bob', true),
    signedIn(system, 'carol', true),
  ]);
}, 180_000);
afterAll(() => system.stop(), 60_000);

/** The list of what ended, as a verifier takes it: signed, current, numbered. */
async function snapshot() {
  const [response, keys] = await Promise.all([
    fetch(`${system.api}/v1/revocations/snapshot`),
    fetch(`${system.api}/.well-known/snapshot-jwks.json`),
  ]);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/statuslist+jwt');
  const { payload } = await jwtVerify(await response.text(), createLocalJWKSet((await keys.json()) as JSONWebKeySet), {
    typ: 'statuslist+jwt',
    issuer: system.api,
    subject: `${system.api}/v1/revocations/snapshot`,
  });
  const { lst } = payload['status_list'] as { lst: string };
  const list = decodeStatusList(lst, 1 << 17);
  return { number: payload['num'] as number, isSet: (index: number) => readStatus(list, index) };
}

describe('a grant that somebody revokes', () => {
  it('leaves its token inactive at once, gives no other, and is in the next list', async () => {
    const grant = await request(alice, REPORTS_OF_C42);
    const { token, key } = await exchanged(system, 'alice', grant);
    expect((await introspect(system, 'billing', token.access_token)).active).toBe(true);
    const { idx } = claimsOf(token.access_token).status.status_list;
    const before = await eventually(snapshot);
    expect(before.isSet(idx)).toBe(false);

    expectStatus(await carol.post(`/v1/grants/${grant.id}/revoke`, { reason: 'the laptop was stolen' }), 200);
    expect(await introspect(system, 'billing', token.access_token)).toEqual({ active: false });

    const { access_token: signIn } = await tokensOf(system, 'alice');
    expect(refusal(await askToken(system, exchangeBy(grant, signIn), key))).toBe('400 invalid_grant');
    const fields = { grant_type: 'refresh_token', client_id: 'writ-cli', refresh_token: token.refresh_token ?? '' };
    expect(refusal(await askToken(system, fields, key))).toBe('400 invalid_grant');

    const after = await eventually(async () => {
      const now = await snapshot();
      expect(now.isSet(idx)).toBe(true);
      return now;
    });
    expect(after.number).toBeGreaterThan(before.number);
  });
});

describe('a token that its client gives up', () => {
  it('is over alone; whoever else asks gives up nothing', async () => {
    const grant = await request(alice, REPORTS_OF_C42);
    const [{ token: one }, { token: other }] = [
      await exchanged(system, 'alice', grant),
      await exchanged(system, 'alice', grant),
    ];
    const url = `${system.api}/oauth2/revoke`;
    const foreign = await postForm(url, { token: one.access_token, ...(await asClient(system, 'report-agent')) });
    expect(foreign.status).toBe(400);
    expect((await introspect(system, 'billing', one.access_token)).active).toBe(true);
    const given = await postForm(url, { token: one.access_token, client_id: 'writ-cli' });
    expect(given.status).toBe(200);
    expect(await introspect(system, 'billing', one.access_token)).toEqual({ active: false });
    expect((await introspect(system, 'billing', other.access_token)).active).toBe(true);
  });
});

/** Calls of a resource server, which says who it is by an assertion in the header. */
const server = async (id: string): Promise<Caller> => caller(system, await assertion(system.api, id));

describe('a grant of one use', () => {
  async function refund(): Promise<{ grant: GrantView; token: string }> {
    const wish = { entitlement: 'refund-order', parameters: { order: 'O-1001' }, durationSeconds: 600 };
    const grant = await approved(bob, await asked(alice, { ...REPORTS_OF_C42, ...wish }));
    const { token } = await exchanged(system, 'alice', grant);
    expect(token.refresh_token).toBeUndefined();
    return { grant, token: token.access_token };
  }
  const consume = async (token: string, requestId: string): Promise<Answer<unknown>> =>
    (await server('shop-service')).post('/v1/tokens/consume', { token, requestId });

  it('is spent once, of two at once, and is completed by it', async () => {
    const { grant, token } = await refund();
    const answers = await Promise.all([consume(token, randomUUID()), consume(token, randomUUID())]);
    const [won, lost] = answers.sort((a, b) => a.status - b.status);
    expect(won).toMatchObject({ status: 200, body: { result: 'spent', tokenUsesLeft: 0, grantUsesLeft: 0 } });
    expect(['409 uses_exhausted', '409 token_not_active']).toContain(problemCode(lost));
    expect(await seen(alice, grant)).toMatchObject({ status: 'completed' });
    expect(await introspect(system, 'shop-service', token)).toEqual({ active: false });
    const types = (await leavesOf(await signedIn(system, 'audrey'), grant)).map(({ type }) => type);
    expect(types.filter((type) => type === 'token.spent')).toHaveLength(1);
    expect(types).toContain('grant.completed');
    const { access_token: signIn } = await tokensOf(system, 'alice');
    expect(refusal(await askToken(system, exchangeBy(grant, signIn), await proofKey()))).toBe('400 invalid_grant');
  });

  it('is spent by a request whose answer was lost once, and the request is told so', async () => {
    const { token } = await refund();
    const id = randomUUID();
    expect(await consume(token, id)).toMatchObject({ status: 200, body: { result: 'spent' } });
    expect(await consume(token, id)).toMatchObject({ status: 200, body: { result: 'repeated' } });
  });

  it('is spent by no other server, and by no looking', async () => {
    const { token } = await refund();
    const other = await server('billing');
    const answer = await other.post('/v1/tokens/consume', { token, requestId: randomUUID() });
    expect(problemCode(answer)).toContain('token_not_active');
    for (let look = 0; look < 3; look++) expect((await introspect(system, 'shop-service', token)).active).toBe(true);
    expect(await consume(token, randomUUID())).toMatchObject({ status: 200, body: { result: 'spent' } });
  });
});

describe('what was done under a token', () => {
  it('is told once, is in the log by its hash alone, and only its server tells it', async () => {
    const grant = await request(alice, REPORTS_OF_C42);
    const { token } = await exchanged(system, 'alice', grant);
    const told = {
      token: token.access_token,
      requestId: randomUUID(),
      operation: 'reports:export',
      resource: 'report of erin@example.com',
      outcome: 'succeeded',
    };
    const first = expectStatus(await (await server('billing')).post<{ id: string }>('/v1/activity', told), 201);
    const again = expectStatus(await (await server('billing')).post<{ id: string }>('/v1/activity', told), 201);
    expect(again).toEqual(first);
    const foreign = await (await server('shop-service')).post('/v1/activity', { ...told, requestId: randomUUID() });
    expect(problemCode(foreign)).toContain('token_not_active');
    const leaves = await leavesOf(await signedIn(system, 'audrey'), grant);
    const reports = leaves.filter(({ type }) => type === 'activity.reported');
    expect(reports).toMatchObject([{ id: first.id, facts: { operation: 'reports:export', outcome: 'succeeded' } }]);
    expect(JSON.stringify(leaves)).not.toContain('erin@example.com');
  });
});
