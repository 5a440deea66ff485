import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GrantView } from '../../contract/schemas.ts';
import { verifyDpopProof } from '../../tokens/dpopProof.ts';
import type { Host } from '../../cli/src/host.ts';
import { run } from '../../cli/src/run.ts';
import type { FakeApi } from '../sdk/fake-api.ts';
import { startFakeApi } from '../sdk/fake-api.ts';
import { fakeTokenEndpoint } from '../sdk/fake-token-endpoint.ts';
import { BUNDLE, GRANT_ID, OTHER_GRANT_ID, sampleGrant, sampleTokenGrant } from '../sdk/samples.ts';
import { memoryKeychain } from './fake-host.ts';
import { personAt } from './person.ts';

let api: FakeApi;
let endpoint: ReturnType<typeof fakeTokenEndpoint>;
let grants: GrantView[];

const live = (more: Partial<GrantView> = {}) =>
  sampleTokenGrant({ expiresAt: new Date(Date.now() + 600_000).toISOString(), ...more });

/** Signed in, in a script. */
async function person(more: Partial<Host> = {}) {
  const { host, written } = await personAt(api.url, [], { interactive: false, now: () => Date.now(), ...more });
  const writ = async (...args: string[]) => {
    written.stdout = '';
    written.stderr = '';
    return { code: await run(args, host), ...written };
  };
  return { host, writ };
}

beforeEach(async () => {
  grants = [live()];
  api = await startFakeApi({
    getConfiguration: () => ({ status: 200, body: { publicUrl: api.url, issuers: [], bundleSha256: BUNDLE } }),
    listGrants: () => ({ status: 200, body: { items: grants } }),
    getGrant: ({ path }) => ({ status: 200, body: grants.find(({ id }) => id === path['id']) }),
  });
  endpoint = fakeTokenEndpoint(api);
});
afterEach(async () => {
  await api.stop();
  expect(api.violations).toEqual([]);
});

describe('writ token', () => {
  it('says what the token may do, until when and to whom it is bound, and not the token', async () => {
    const { writ } = await person();
    endpoint.claims = { act: { sub: 'workload:client:writ-cli', act: { sub: 'workload:client:desk' } } };
    const ran = await writ('token', GRANT_ID);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    const lines = ran.stdout.split('\n');
    expect(lines).toEqual([
      'for       https://billing.example.com',
      'may       reports:read reports:export',
      'of        admin|alice',
      'used by   workload:client:writ-cli, on behalf of workload:client:desk',
      expect.stringMatching(/^bound to {2}this machine’s key [\w-]{43}$/),
      expect.stringMatching(/^until {5}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, (5m|4m5\ds) from now$/),
      `grant     ${GRANT_ID}`,
      `next: writ token ${GRANT_ID} --call URL`,
      '',
    ]);
    expect(endpoint.forms).toEqual([
      expect.objectContaining({ client_id: 'writ-cli', grant_id: GRANT_ID, subject_token: 'token' }),
    ]);
  });

  it('asks for what is named, and takes the only grant that is used by tokens', async () => {
    const { writ } = await person();
    grants = [live(), sampleGrant({ id: OTHER_GRANT_ID })];
    const ran = await writ('token', '--audience', 'https://billing.example.com', '--scope', 'reports:read', '--json');
    const result = JSON.parse(ran.stdout) as Record<string, unknown>;
    expect(result).toMatchObject({ grant: GRANT_ID, tokenType: 'DPoP', scopes: ['reports:read'] });
    expect(result).toHaveProperty('accessToken');
    expect(endpoint.forms[0]).toMatchObject({ audience: 'https://billing.example.com', scope: 'reports:read' });
    expect((await writ('token', '--entitlement', 'refund-order')).stderr).toContain('no active grant of refund-order');
  });

  it('prints the token alone with --raw, and nothing else goes with that', async () => {
    const { writ } = await person();
    const ran = await writ('token', GRANT_ID, '--raw');
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect((await writ('token', GRANT_ID, '--raw', '--json')).code).toBe(2);
    expect((await writ('token', GRANT_ID, '--raw', '--call', 'https://x.example.com')).code).toBe(2);
  });

  it.each([
    ['without a keychain', {}, true],
    ['with one', { keychain: memoryKeychain() }, false],
  ])('keeps one key for the profile in a private file, %s', async (_, more, isPlain) => {
    const { host, writ } = await person(more);
    const bound = async () =>
      (JSON.parse((await writ('token', GRANT_ID, '--json')).stdout) as { boundTo: string }).boundTo;
    const first = await bound();
    expect(await bound()).toBe(first);
    const directory = join(host.homeDirectory, '.config', 'writ', 'keys');
    const [name = '', ...others] = readdirSync(directory);
    expect(others).toEqual([]);
    expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(directory, name), 'utf8').includes('"d"')).toBe(isPlain);
  });

  it('does not take an AWS grant', async () => {
    const { writ } = await person();
    grants = [sampleGrant()];
    expect(await writ('token', GRANT_ID)).toMatchObject({
      code: 2,
      stderr: `writ: orders-read lends AWS sessions\n  what to do: writ creds ${GRANT_ID}\n`,
    });
  });

  it.each([
    ['invalid_grant', 6, 'See what you have: writ requests'],
    ['invalid_scope', 2, undefined],
    ['unauthorized_client', 4, undefined],
  ])('says %s with exit code %i', async (error, code, remediation) => {
    const { writ } = await person();
    endpoint.refusals.push({ status: 400, body: { error, error_description: 'it says why' } });
    const todo = remediation === undefined ? '' : `  what to do: ${remediation}\n`;
    expect(await writ('token', GRANT_ID)).toEqual({ code, stdout: '', stderr: `writ: it says why\n${todo}` });
  });

  it('sends the sign-in to the address of the profile alone, whatever the deployment calls itself', async () => {
    const { writ } = await person();
    api.answers.getConfiguration = () => ({
      status: 200,
      body: { publicUrl: 'https://elsewhere.example.com', issuers: [], bundleSha256: BUNDLE },
    });
    const ran = await writ('token', GRANT_ID);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('Check the clock: writ doctor');
  });
});

describe('writ token --call', () => {
  async function service(answer: (dpop: string) => { status: number; headers?: Record<string, string>; body: string }) {
    const seen: { authorization: string; dpop: string }[] = [];
    const server = createServer((request, response) => {
      const dpop = String(request.headers['dpop']);
      seen.push({ authorization: request.headers.authorization ?? '', dpop });
      const { status, headers, body } = answer(dpop);
      response.writeHead(status, headers).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/reports/C-42`;
    return { url, seen, stop: () => server.close() };
  }

  it('makes one GET with a proof for it, with the nonce that the service asks for', async () => {
    const { writ } = await person();
    let asked = 0;
    const billing = await service(() =>
      (asked += 1) === 1
        ? { status: 401, headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': 'r1' }, body: '' }
        : { status: 200, body: '{"total":3}' },
    );
    const ran = await writ('token', GRANT_ID, '--call', billing.url);
    billing.stop();
    expect(ran).toEqual({ code: 0, stdout: '200 OK\n{"total":3}\n', stderr: '' });
    const { authorization = '', dpop = '' } = billing.seen[1] ?? {};
    const accessToken = authorization.replace('DPoP ', '');
    const expected = { method: 'GET', url: billing.url, now: Date.now(), accessToken, nonces: ['r1'] };
    expect(() => verifyDpopProof(dpop, expected)).not.toThrow();
  });

  it.each([
    [401, 4],
    [403, 4],
    [404, 1],
    [503, 7],
  ])('exits for an answer of %i with %i, and shows why', async (status, code) => {
    const { writ } = await person();
    const headers = { 'www-authenticate': 'DPoP error="invalid_token"' };
    const billing = await service(() => ({ status, headers, body: 'no\u001b[31m' }));
    const ran = await writ('token', GRANT_ID, '--call', billing.url);
    billing.stop();
    expect(ran.code).toBe(code);
    expect(ran.stdout).toMatch(new RegExp(`^${status} [A-Z]`));
    expect(ran.stdout).not.toContain('\u001b');
    expect(ran.stderr).toBe('writ: refused: DPoP error="invalid_token"\n');
  });

  it('gets no token for a URL that it may not be sent to', async () => {
    const { writ } = await person();
    const ran = await writ('token', GRANT_ID, '--call', 'http://billing.example.com/');
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('a token goes to https URLs alone');
    expect(endpoint.forms).toEqual([]);
  });
});
