import { describe, expect, it } from 'vitest';
import { GRANT_TYPES } from '../../../contract/oauth.ts';
import { metadataSchema, jwksSchema } from '../../../contract/schemas.ts';
import { createHandler as snapshotDuty } from '../../../functions/snapshot/app.ts';
import { decodeStatusList, encodeStatusList, readStatus } from '../../../tokens/statusList.ts';
import type { TokenSystem } from './sender.ts';
import { ASK_REPORT, claimsOf, createHolderKey, createTokenSystem } from './sender.ts';

const AGENT = 'workload:client:report-agent';

async function lend(system: TokenSystem, parent: string, over: object = {}, who = 'alice') {
  const json = { ...ASK_REPORT, durationSeconds: 600, parent, actor: AGENT, ...over };
  return system.call('createGrant', who, { json });
}

async function agentToken(system: TokenSystem, grantId: unknown) {
  const fields = { grant_type: GRANT_TYPES.client, ...system.asClient('report-agent'), grant_id: String(grantId) };
  return system.send(fields, { key: createHolderKey() });
}

describe('a grant that is lent on', () => {
  it('gives its actor tokens that say for whom it acts, until its parent ends', async () => {
    const system = createTokenSystem();
    const parent = await system.grantOf('alice', {});
    const { body, status } = await lend(system, parent);
    expect(status).toBe(201);
    expect(body).toMatchObject({ parent, lineage: [{ grant: parent }], uses: { spent: 0 }, status: 'active' });
    const issued = await agentToken(system, body['id']);
    expect(issued.status).toBe(200);
    const token = String(issued.body['access_token']);
    expect(claimsOf(token)).toMatchObject({
      sub: 'admin:local-admin:alice',
      act: { sub: AGENT },
      grant_chain: [parent],
    });
    expect((await system.introspect(token)).body['active']).toBe(true);

    await system.call('returnGrant', 'alice', { path: { id: parent } });
    expect((await system.introspect(token)).raw.body).toBe('{"active":false}');
    expect((await agentToken(system, body['id'])).error).toBe('invalid_grant');
    // Written down at once, without anybody looking at the child.
    const child = await system.deps.store.get(String(body['id']));
    expect(child?.state).toMatchObject({ status: 'revoked', endReason: 'parent_ended' });
  });

  it('falls when its parent is narrowed', async () => {
    const system = createTokenSystem();
    const parent = await system.grantOf('alice', {});
    const { body } = await lend(system, parent);
    const scope = [{ actions: ['reports:read'], resources: ['https://billing.example.com'] }];
    expect((await system.call('narrowGrant', 'alice', { path: { id: parent }, json: { scope } })).status).toBe(200);
    expect((await system.deps.store.get(String(body['id'])))?.state.status).toBe('revoked');
  });

  it.each<[string, object, string]>([
    ['without actor', { actor: undefined }, '400 invalid_request'],
    ['without parent', { parent: undefined }, '400 invalid_request'],
    ['with a ticket', { ticket: 'INC-1' }, '400 invalid_request'],
    ['with a start', { startsAt: '2026-11-21T10:00:00Z' }, '400 invalid_request'],
    ['with a subject', { subject: 'customer:local-customer:erin' }, '400 invalid_request'],
    ['for longer', { durationSeconds: 7_200 }, '400 duration_out_of_range'],
    [
      'with more scope',
      { scope: [{ actions: ['refunds:create'], resources: ['https://billing.example.com'] }] },
      '400 scope_exceeds_entitlement',
    ],
    ['with other parameters', { parameters: { customer: 'C-43' } }, '400 cannot_lend_on'],
    ['with wider details', { authorizationDetails: [{ type: 'billing_report' }] }, '400 cannot_lend_on'],
    ['to its holder', { actor: 'admin:local-admin:alice' }, '400 cannot_lend_on'],
    ['to a stranger', { actor: 'admin:local-admin:nobody' }, '400 cannot_lend_on'],
    ['to whom policy does not let', { actor: 'workload:client:shop-service' }, '403 request_denied'],
    ['another’s', {}, '404 not_found'],
  ])('is refused %s', async (name, over, expected) => {
    const system = createTokenSystem();
    const parent = await system.grantOf('alice', {});
    const { status, code } = await lend(system, parent, over, name === 'another’s' ? 'bob' : 'alice');
    expect(`${status} ${code}`).toBe(expected);
  });

  it('is looked at without being made', async () => {
    const system = createTokenSystem();
    const parent = await system.grantOf('alice', {});
    const json = { ...ASK_REPORT, durationSeconds: 600, parent, actor: AGENT };
    const { body, status } = await system.call('createGrant', 'alice', { json, query: { dryRun: ['true'] } });
    expect([status, body['outcome']]).toEqual([200, 'allowed']);
    expect(await system.deps.store.childrenOf(parent)).toEqual([]);
  });
});

describe('asking for less than the entitlement has', () => {
  const detail = {
    type: 'billing_report',
    identifier: 'C-42',
    locations: ['https://billing.example.com'],
    actions: ['read'],
  };
  it('is honoured in details and uses', async () => {
    const system = createTokenSystem();
    const json = { ...ASK_REPORT, authorizationDetails: [detail], maxUses: 3 };
    const { body } = await system.call('createGrant', 'alice', { json });
    expect(body).toMatchObject({ authorizationDetails: [detail], uses: { spent: 0, max: 3 } });
  });
  it.each<[string, object, string]>([
    [
      'wider details',
      { authorizationDetails: [{ type: 'billing_report', identifier: 'C-43' }] },
      'scope_exceeds_entitlement',
    ],
    ['details of a role', { entitlement: 'orders-read', authorizationDetails: [detail] }, 'scope_exceeds_entitlement'],
    ['uses of a role', { entitlement: 'orders-read', maxUses: 1 }, 'invalid_request'],
  ])('is not: %s', async (_, over, expected) => {
    const system = createTokenSystem();
    expect((await system.call('createGrant', 'alice', { json: { ...ASK_REPORT, ...over } })).code).toBe(expected);
  });
});

/** A grant that people are asked about, and the one who agrees. */
async function agreed(system: TokenSystem, who: string, json: object, by: string): Promise<string> {
  const { body } = await system.call('createGrant', who, { json });
  const said = { verdict: 'approve', comment: 'fine', requestSha256: body['requestSha256'] };
  const answer = await system.call('decideGrant', by, { path: { id: String(body['id']) }, json: said });
  if (answer.status !== 200) throw new Error(answer.raw.body);
  return String(body['id']);
}

describe('a one-time token', () => {
  it('is spent by exactly one of 20 parallel requests, and once by each request’s name', async () => {
    const system = createTokenSystem();
    const ask = { ...ASK_REPORT, entitlement: 'refund-order', parameters: { order: 'O-1' }, durationSeconds: 600 };
    const grantId = await agreed(system, 'alice', ask, 'bob');
    const issued = await system.send(system.exchangeForm(grantId), { key: createHolderKey() });
    const token = String(issued.body['access_token']);
    const consume = (requestId: string, client = 'shop-service') =>
      system.call('consumeToken', system.assertion(client), { json: { token, requestId } });
    expect((await consume('request-x', 'billing')).code).toBe('token_not_active');
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => consume(`request-${index}`)));
    const spent = answers.findIndex(({ status }) => status === 200);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(answers.filter(({ status }) => status !== 200).map(({ status }) => status))).toEqual(new Set([409]));
    expect((await consume(`request-${spent}`)).body).toMatchObject({
      result: 'repeated',
      tokenUsesLeft: 0,
      grantUsesLeft: 0,
    });
    expect((await system.introspect(token, 'shop-service')).raw.body).toBe('{"active":false}');
    expect((await system.deps.store.get(grantId))?.state.status).toBe('completed');
  });
});

describe('an impersonation', () => {
  it('is by consent, names who acts, and ends when its subject says so', async () => {
    const system = createTokenSystem();
    const ask = {
      entitlement: 'act-for-customer',
      durationSeconds: 600,
      purpose: 'locked out',
      justification: 'called us',
      subject: 'customer:local-customer:erin',
    };
    const grantId = await agreed(system, 'dave', ask, 'erin');
    const fields = {
      ...system.exchangeForm(grantId, { client_id: undefined }),
      ...system.asClient('support-desk'),
      subject_token: system.signInToken('dave', {}, 'support'),
    };
    const { body, status } = await system.send(fields, { key: createHolderKey() });
    expect(status).toBe(200);
    expect(body).not.toHaveProperty('refresh_token');
    const token = String(body['access_token']);
    expect(claimsOf(token)).toMatchObject({
      sub: 'customer:local-customer:erin',
      act: { sub: 'support:local-support:dave' },
      kind: 'impersonation',
      consent: expect.stringMatching(/^apr_/) as unknown,
      aud: 'https://support.example.com',
    });
    expect(claimsOf(token)).not.toHaveProperty('acr');
    expect((await system.send(fields)).error).toBe('invalid_request'); // never a bearer token

    const shown = await system.call('listImpersonations', 'erin');
    expect(shown.body['items']).toMatchObject([{ id: grantId, status: 'active' }]);
    expect((await system.introspect(token, 'support-service')).body['active']).toBe(true);
    await system.call('revokeGrant', 'erin', { path: { id: grantId }, json: { reason: 'enough' } });
    expect((await system.introspect(token, 'support-service')).raw.body).toBe('{"active":false}');
  });
});

describe('what resource servers tell', () => {
  const report = { requestId: 'request-1', operation: 'report:read', resource: 'R-7', outcome: 'succeeded' };
  it('is kept once, as evidence that names no resource', async () => {
    const system = createTokenSystem();
    const { token, grantId } = await system.aliceToken();
    const tell = () => system.call('reportActivity', system.assertion('billing'), { json: { token, ...report } });
    const first = await tell();
    expect([first.status, first.body['grant']]).toEqual([201, grantId]);
    expect((await tell()).body).toEqual(first.body);
    const { items } = await system.deps.audit.ofStream(grantId, { limit: 99 });
    const told = items.filter(({ type }) => type === 'activity.reported');
    expect(told).toHaveLength(1);
    expect(JSON.stringify(told)).not.toContain('R-7');
  });

  it('is heard of registered clients alone', async () => {
    const system = createTokenSystem();
    const { token } = await system.aliceToken();
    for (const who of [undefined, 'alice', system.signInToken('alice'), system.assertion('billing', { exp: 1 })]) {
      const { status, code } = await system.call('reportActivity', who, { json: { token, ...report } });
      expect(`${status} ${code}`).toBe('401 unauthenticated');
    }
  });
});

describe('the snapshot of what ended', () => {
  it('is served while it is fresh, and shows revoked tokens', async () => {
    const system = createTokenSystem();
    const { token } = await system.aliceToken();
    expect((await system.call('getSnapshot', undefined)).code).toBe('unavailable');
    await system.revoke(token);
    const { oauth, deps } = system;
    const publish = snapshotDuty({
      ...deps,
      ...oauth,
      encode: encodeStatusList,
      sign: async (claims) => oauth.snapshotSigner.signText({ typ: 'statuslist+jwt', alg: 'ES256' }, claims),
    });
    await publish();
    const { raw } = await system.call('getSnapshot', undefined);
    expect(raw.headers).toMatchObject({
      'content-type': 'application/statuslist+jwt',
      'cache-control': 'public, max-age=1',
    });
    const { status_list, num } = claimsOf(raw.body) as { status_list: { lst: string }; num: number };
    const { status } = claimsOf(token) as { status: { status_list: { idx: number } } };
    expect([num, readStatus(decodeStatusList(status_list.lst, 1 << 17), status.status_list.idx)]).toEqual([1, true]);
    system.pass(150_000);
    expect((await system.call('getSnapshot', undefined)).status).toBe(503);
  });
});

describe('metadata and keys', () => {
  it('name the issuer exactly, have no empty list, and publish no private member', async () => {
    const system = createTokenSystem();
    const { body } = await system.call('getAuthorizationServer', undefined);
    expect(metadataSchema.parse(body)).toMatchObject({
      issuer: 'https://writ.example',
      token_endpoint: 'https://writ.example/oauth2/token',
      grant_types_supported: Object.values(GRANT_TYPES),
      authorization_details_types_supported: ['billing_report', 'refund'],
    });
    for (const value of Object.values(body)) if (Array.isArray(value)) expect(value).not.toEqual([]);
    for (const route of ['getJwks', 'getSnapshotJwks'] as const) {
      const { keys } = jwksSchema.parse((await system.call(route, undefined)).body);
      expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
    }
  });

  it('rotate by an administrator with a second factor, once a key of idempotency', async () => {
    const system = createTokenSystem();
    expect((await system.call('getKeyRing', 'carol')).body).toEqual({
      version: 0,
      current: 'a',
      generations: ['a', 'b'],
    });
    expect((await system.call('rotateKeys', 'alice', { json: {} })).code).toBe('forbidden');
    const rotate = (json: object, key: string) =>
      system.call('rotateKeys', 'carol', { json, headers: { 'idempotency-key': [key] } });
    const first = await rotate({}, 'k-1');
    expect(first.body).toMatchObject({ version: 1, current: 'b' });
    expect((await rotate({}, 'k-1')).body).toEqual(first.body);
    expect((await rotate({ to: 'a' }, 'k-1')).code).toBe('idempotency_key_reused');
    expect((await rotate({ to: 'b' }, 'k-2')).code).toBe('invalid_request');
    expect((await system.call('getKeyRing', 'carol')).body['version']).toBe(1);
  });
});
