import { describe, expect, it } from 'vitest';
import { SignInFailed } from '../../adapters/aws/consoleSignIn.ts';
import { grantPage, grantSchema, problemSchema } from '../../contract/schemas.ts';
import { ASK, createSystem } from './system.ts';

describe('the API', () => {
  it('answers what its schemas say', async () => {
    const system = createSystem();
    const created = await system.call('createGrant', 'alice', { json: { ...ASK, ticket: 'INC-42' } });
    expect(created.status).toBe(201);
    const grant = grantSchema.parse(created.body);
    expect(grant).toMatchObject({
      status: 'active',
      activatedAt: '2026-11-21T09:00:00.000Z',
      expiresAt: '2026-11-21T09:10:00.000Z',
      requester: { id: 'admin:local-admin:alice' },
    });
    const listed = await system.call('listGrants', 'alice');
    expect(grantPage.parse(listed.body).items).toEqual([grant]);
  });

  it('shows nothing internal', async () => {
    const system = createSystem();
    const { raw } = await system.call('createGrant', 'alice', { json: ASK });
    for (const hidden of ['salt', 'sourceIdentity', 'writ-', 'person', 'externalId'])
      expect(raw.body).not.toContain(`"${hidden}`);
  });

  it('keeps a denial, and says why and what to do', async () => {
    const system = createSystem();
    const denied = await system.call('createGrant', 'alice', {
      json: { ...ASK, entitlement: 'account-admin', parameters: {} },
    });
    const problem = problemSchema.parse(denied.body);
    expect(problem).toMatchObject({
      status: 403,
      code: 'request_denied',
      remediation: expect.stringContaining('writ login --mfa') as string,
    });
    expect(problem.decision?.policies).toEqual([{ id: 'critical-fresh-mfa', effect: 'forbid' }]);
    const kept = await system.call('getGrant', 'alice', { path: { id: String(problem.grantId) } });
    expect(kept.body).toMatchObject({ status: 'denied' });
  });

  it('keeps nothing of a dry run', async () => {
    const system = createSystem();
    const { status, body } = await system.call('createGrant', 'alice', { json: ASK, query: { dryRun: ['true'] } });
    expect([status, body['outcome']]).toEqual([200, 'allowed']);
    expect((await system.call('listGrants', 'alice')).body['items']).toEqual([]);
  });

  it('gives one key one effect and the same bytes, whoever else uses the key too', async () => {
    const system = createSystem();
    const headers = { 'Idempotency-Key': ['key-1'] };
    const once = () => system.call('createGrant', 'alice', { json: ASK, headers });
    const answers = await Promise.all(Array.from({ length: 20 }, once));
    expect(new Set(answers.map(({ raw }) => `${raw.statusCode} ${raw.body}`)).size).toBe(1);
    const other = await system.call('createGrant', 'alice', { json: { ...ASK, durationSeconds: 601 }, headers });
    expect(other.code).toBe('idempotency_key_reused');
    const adams = await system.call('createGrant', 'adam', { json: ASK, headers });
    expect([adams.status, adams.body['id'] === answers[0]?.body['id']]).toEqual([201, false]);
  });

  it('never replays a credential', async () => {
    const system = createSystem();
    const { body } = await system.call('createGrant', 'alice', { json: ASK });
    const headers = { 'Idempotency-Key': ['key-1'] };
    for (let n = 0; n < 2; n++)
      await system.call('issueAwsCredentials', 'alice', { path: { id: String(body['id']) }, headers });
    expect(system.assumed).toHaveLength(2);
  });

  it('logs no secret, no token and no free text (I12)', async () => {
    const system = createSystem();
    const { body } = await system.call('createGrant', 'alice', { json: ASK });
    const id = String(body['id']);
    await system.call('issueAwsCredentials', 'alice', { path: { id } });
    await system.call('issueConsoleSession', 'alice', { path: { id } });
    await system.call('getMe', 'a-stolen-token');
    const log = JSON.stringify(system.logged);
    for (const secret of ['very-secret', 'very-token', 'a-stolen-token', 'look at one order'])
      expect(log).not.toContain(secret);
  });

  it('says nothing about failures of its own but that they happened', async () => {
    const system = createSystem();
    system.deps.store.get = async () => Promise.reject(new Error('password=hunter2'));
    const { status, code, raw } = await system.call('getGrant', 'alice', {
      path: { id: 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H' },
    });
    expect([status, code]).toEqual([500, 'internal_error']);
    expect(raw.body).not.toContain('hunter2');
  });

  it('answers 503, retryable, when something it stands on is silent', async () => {
    const system = createSystem();
    system.deps.store.get = async () => Promise.reject(Object.assign(new Error('x'), { name: 'TimeoutError' }));
    expect((await system.call('getGrant', 'alice', { path: { id: 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H' } })).status).toBe(
      503,
    );
  });

  it('answers 503 when the console’s federation endpoint makes no link', async () => {
    const system = createSystem();
    const { body } = await system.call('createGrant', 'alice', { json: ASK });
    system.deps.signIn.link = async () => Promise.reject(new SignInFailed('status 500'));
    expect((await system.call('issueConsoleSession', 'alice', { path: { id: String(body['id']) } })).status).toBe(503);
  });

  it('forbids caches and sniffing', async () => {
    const { raw } = await createSystem().call('getHealth', undefined);
    expect(raw.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });

  it.each([
    ['Basic YWxpY2U6', '401'],
    ['Bearer', '401'],
    ['Bearer alice extra', '401'],
    ['bearer alice', '200'],
  ])('reads `Authorization: %s` as %s', async (header, expected) => {
    const system = createSystem();
    const { status } = await system.call('getMe', undefined, { headers: { authorization: [header] } });
    expect(String(status)).toBe(expected);
  });

  it('refuses two Authorization headers', async () => {
    const { code } = await createSystem().call('getMe', undefined, {
      headers: { Authorization: ['Bearer alice', 'Bearer bob'] },
    });
    expect(code).toBe('invalid_request');
  });

  it('shows a returned grant’s enforcement without claiming what no probe proved', async () => {
    const system = createSystem();
    const { body } = await system.call('createGrant', 'alice', { json: ASK });
    const id = String(body['id']);
    await system.call('issueAwsCredentials', 'alice', { path: { id } });
    const returned = await system.call('returnGrant', 'alice', { path: { id } });
    expect(returned.body['enforcement']).toEqual({ state: 'pending', since: '2026-11-21T09:00:00.000Z', sessions: 1 });
    expect((await system.call('issueAwsCredentials', 'alice', { path: { id } })).code).toBe('grant_ended');
  });
});
