import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import type { GrantView } from '../../contract/schemas.ts';
import type { DecisionView } from '../../sdk/index.ts';
import { connect, WritApiError, WritClient, WritConnectionError, WritProtocolError } from '../../sdk/index.ts';
import { type FakeApi, problem, startFakeApi } from './fake-api.ts';
import { APPROVAL_ID, CONSENT_ID, GRANT_ID, sampleEntitlement, sampleGrant } from './samples.ts';

const TOKEN = 'token-that-must-stay-secret';
const request = {
  entitlement: 'orders-read',
  parameters: { customer: 'C-42' },
  durationSeconds: 600,
  purpose: 'incident',
  justification: 'INC-42',
};

let api: FakeApi;
let pauses: number[];
let writ: WritClient;

const clientOf = (more: Partial<ConstructorParameters<typeof WritClient>[0]> = {}) => {
  let keys = 0;
  return new WritClient({
    apiUrl: api.url,
    token: async () => TOKEN,
    timeoutMs: 5_000,
    fetch,
    newIdempotencyKey: () => `key-${(keys += 1)}`,
    sleep: async (milliseconds) => {
      pauses.push(milliseconds);
    },
    ...more,
  });
};

beforeEach(async () => {
  api = await startFakeApi({});
  pauses = [];
  writ = clientOf();
});
afterEach(async () => {
  await api.stop();
  expect(api.violations).toEqual([]);
});

describe('WritClient', () => {
  it('fills path, query, body and key in, and tells the two successes of a request apart', async () => {
    api.answers.createGrant = ({ query }) =>
      query['dryRun'] === true
        ? { status: 200, body: sampleGrant().decision }
        : { status: 201, body: sampleGrant({ id: GRANT_ID }) };
    api.answers.revokeGrant = ({ path, body }) => ({
      status: 200,
      body: sampleGrant({ id: path['id'] ?? '', endNote: (body as { reason: string }).reason }),
    });

    const grant = await writ.createGrant(request);
    expect(grant.id).toBe(GRANT_ID);
    expectTypeOf(grant).toEqualTypeOf<GrantView>();
    const decision = await writ.decide(request);
    expect(decision.outcome).toBe('allowed');
    expectTypeOf(decision).toEqualTypeOf<DecisionView>();
    const revoked = await writ.revoke(GRANT_ID, 'leaver');
    expect(revoked.endNote).toBe('leaver');
    expect(api.requests.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['key-1', 'key-2', 'key-3']);
  });

  it('sends the token to signed-in routes alone', async () => {
    api.answers.getConfiguration = () => ({
      status: 200,
      body: { publicUrl: api.url, issuers: [], bundleSha256: 'b'.repeat(64) },
    });
    api.answers.listEntitlements = () => ({ status: 200, body: { items: [sampleEntitlement()] } });
    await writ.configuration();
    await writ.entitlements();
    expect(api.requests.map(({ token }) => token)).toEqual([undefined, TOKEN]);
  });

  it('repeats a POST under the same key until it is answered', async () => {
    let count = 0;
    api.answers.createGrant = () => {
      count += 1;
      if (count === 1) throw new Error('connection cut');
      if (count === 2) return problem('unavailable');
      if (count === 3) return problem('too_many_requests');
      return { status: 201, body: sampleGrant() };
    };
    await writ.createGrant(request);
    expect(api.requests.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['key-1', 'key-1', 'key-1', 'key-1']);
    expect(pauses).toEqual([200, 400, 800]);
    expect(api.violations.splice(0)).toEqual(['Error: connection cut']);
  });

  it('gives up after four attempts, with the last refusal', async () => {
    api.answers.createGrant = () => problem('unavailable');
    await expect(writ.createGrant(request)).rejects.toMatchObject({ code: 'unavailable', status: 503 });
    expect(api.requests).toHaveLength(4);
  });

  it('repeats an issuing call once only', async () => {
    api.answers.issueAwsCredentials = () => problem('unavailable');
    await expect(writ.awsCredentials(GRANT_ID)).rejects.toBeInstanceOf(WritApiError);
    expect(api.requests).toHaveLength(2);
  });

  it('does not repeat what was refused for good', async () => {
    api.answers.returnGrant = () => problem('grant_ended');
    await expect(writ.giveBack(GRANT_ID)).rejects.toMatchObject({ code: 'grant_ended', status: 409 });
    expect(api.requests).toHaveLength(1);
  });

  it('does not repeat what waits for people, and says what Retry-After asked for', async () => {
    const { body } = problem('too_many_pending') as { body: unknown };
    api.answers.createGrant = () => ({ status: 429, text: JSON.stringify(body), headers: { 'retry-after': '60' } });
    await expect(writ.createGrant(request)).rejects.toMatchObject({ code: 'too_many_pending', retryAfterMs: 60_000 });
    expect(api.requests).toHaveLength(1);
  });

  it('repeats a DELETE, under a key where the route takes one', async () => {
    let count = 0;
    api.answers.withdrawApproval = () =>
      (count += 1) === 1 ? problem('unavailable') : { status: 200, body: sampleGrant() };
    api.answers.withdrawConsent = () => problem('unavailable');
    await writ.withdrawApproval(GRANT_ID, APPROVAL_ID);
    await expect(writ.withdrawConsent(CONSENT_ID)).rejects.toMatchObject({ code: 'unavailable' });
    expect(api.requests.map(({ path, idempotencyKey }) => [path['approval'] ?? path['id'], idempotencyKey])).toEqual([
      ...[1, 2].map(() => [APPROVAL_ID, 'key-1']),
      ...[1, 2, 3, 4].map(() => [CONSENT_ID, undefined]),
    ]);
  });

  it('asks for less than a grant has, for somebody else to hold', async () => {
    api.answers.createGrant = () => ({ status: 201, body: sampleGrant() });
    const lent = {
      parent: GRANT_ID,
      actor: 'workload:client:report-agent',
      authorizationDetails: [{ type: 'billing_report', identifier: 'C-42', actions: ['read'] }],
      maxUses: 3,
    };
    await writ.createGrant({ ...request, ...lent });
    expect(api.requests[0]?.body).toMatchObject(lent);
  });

  it('spends uses and tells what was done, and repeats either once at most', async () => {
    api.answers.consumeToken = () => ({ status: 200, body: { result: 'spent', tokenUsesLeft: 0 } });
    const at = '2026-11-21T09:00:00.000Z';
    api.answers.reportActivity = () => ({ status: 201, body: { id: 'act_1', grant: GRANT_ID, at } });
    expect(await writ.consume({ token: 'a-token', requestId: 'request-1' })).toEqual({
      result: 'spent',
      tokenUsesLeft: 0,
    });
    const done = { operation: 'report:read', resource: 'C-42', outcome: 'succeeded' } as const;
    const receipt = await writ.reportActivity({ token: 'a-token', requestId: 'request-1', ...done });
    expect(receipt).toEqual({ id: 'act_1', grant: GRANT_ID, at });
    expect(api.requests.map(({ idempotencyKey }) => idempotencyKey)).toEqual([undefined, undefined]);
    api.answers.consumeToken = () => problem('uses_exhausted');
    await expect(writ.consume({ token: 'a-token', requestId: 'request-2' })).rejects.toMatchObject({
      code: 'uses_exhausted',
    });
  });

  it('gets the snapshot as text, without a token, and takes nothing else for one', async () => {
    const headers = { 'content-type': 'application/statuslist+jwt' };
    api.answers.getSnapshot = () => ({ status: 200, text: 'a.b.c', headers });
    expect(await writ.snapshot()).toBe('a.b.c');
    expect(api.requests[0]?.token).toBeUndefined();
    api.answers.getSnapshot = () => problem('internal_error');
    await expect(writ.snapshot()).rejects.toMatchObject({ code: 'internal_error' });
  });

  it('shows the ring of keys and turns it, under a key', async () => {
    const ring = { version: 2, current: 'b', since: '2026-11-21T09:00:00.000Z', generations: ['a', 'b'] };
    api.answers.getKeyRing = () => ({ status: 200, body: ring });
    api.answers.rotateKeys = () => ({ status: 200, body: ring });
    expect(await writ.keyRing()).toEqual(ring);
    await writ.rotateKeys();
    await writ.rotateKeys('b');
    expect(api.requests.slice(1).map(({ body, idempotencyKey }) => [body, idempotencyKey])).toEqual([
      [{}, 'key-1'],
      [{ to: 'b' }, 'key-2'],
    ]);
  });

  it('waits as long as Retry-After says, but no longer than ten seconds', async () => {
    const after = ['3', '86400', 'Fri, 31 Dec 2027 23:59:59 GMT'];
    api.answers.getMe = () => ({ status: 503, text: '{}', headers: { 'retry-after': after.shift() ?? '0' } });
    await expect(writ.me()).rejects.toBeInstanceOf(WritProtocolError);
    expect(pauses).toEqual([3_000, 10_000, 800]);
  });

  it('makes a problem an error with all that it says', async () => {
    const decision = { ...sampleGrant().decision, outcome: 'denied', reasons: ['Outside office hours.'] };
    api.answers.createGrant = () => problem('request_denied', { decision, grantId: GRANT_ID, detail: 'policy denies' });
    await expect(writ.createGrant(request)).rejects.toMatchObject({
      name: 'WritApiError',
      message: 'policy denies',
      status: 403,
      code: 'request_denied',
      detail: 'policy denies',
      remediation: 'Read `decision.reasons`.',
      traceId: 'trace-1',
      decision,
      grantId: GRANT_ID,
    });
  });

  it.each([
    ['HTML of a proxy', { status: 200, text: '<html>' }],
    ['an answer of another shape', { status: 200, text: '{"hello":"world"}' }],
    ["a gateway's own refusal", { status: 403, text: '{"message":"Forbidden"}' }],
    ['a redirect', { status: 302, text: '', headers: { location: 'http://127.0.0.1:1/' } }],
  ])('does not take %s for an answer', async (_, answer) => {
    api.answers.getMe = () => answer;
    await expect(writ.me()).rejects.toMatchObject({
      name: 'WritProtocolError',
      status: answer.status,
      message: `${api.url} answered ${answer.status}, which is not an answer of this version of Writ`,
    });
    expect(api.requests).toHaveLength(1);
  });

  it('says why no answer came', async () => {
    const closed = await startFakeApi({});
    await closed.stop();
    const failure = clientOf({ apiUrl: closed.url }).me();
    await expect(failure).rejects.toBeInstanceOf(WritConnectionError);
    await expect(failure).rejects.toThrow(/^no answer from http:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED/);
  });

  it('says it in one line', async () => {
    const failing: typeof fetch = async () => {
      throw new TypeError('fetch failed', { cause: new Error('wrong version number\n') });
    };
    await expect(clientOf({ fetch: failing }).me()).rejects.toThrow(/: wrong version number$/);
  });

  it('stops waiting for one attempt after the time-out', async () => {
    api.answers.getMe = () => new Promise(() => undefined);
    await expect(clientOf({ timeoutMs: 20 }).me()).rejects.toThrow(/: timed out$/);
    expect(pauses).toEqual([200, 400, 800]);
  });

  it('never shows the token in an error', async () => {
    api.answers.getMe = () => ({ status: 500, text: TOKEN });
    const error = await writ.me().catch((caught: unknown) => caught);
    expect(JSON.stringify([String(error), error, (error as Error).stack])).not.toContain(TOKEN);
  });

  it('can not be made to send a path of another route', async () => {
    await expect(writ.grant('../../entitlements')).rejects.toMatchObject({ code: 'invalid_request' });
    expect(api.requests).toEqual([]);
  });

  it('connects with the process’s own network, and a key of its own per request', async () => {
    api.answers.createGrant = () => ({ status: 201, body: sampleGrant() });
    const connected = connect({ apiUrl: api.url, token: async () => TOKEN });
    await connected.createGrant(request);
    await connected.createGrant(request);
    const keys = api.requests.map(({ idempotencyKey }) => idempotencyKey);
    expect(new Set(keys).size).toBe(2);
    expect(api.requests[0]?.token).toBe(TOKEN);
  });
});
