import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Host } from '../../cli/src/host.ts';
import { authorizationServerMetadata } from '../../contract/metadata.ts';
import { run } from '../../cli/src/run.ts';
import { writeSession } from '../../cli/src/store/session.ts';
import { startIssuer } from '../local/oidc/fixture.ts';
import type { FakeApi } from '../sdk/fake-api.ts';
import { problem, startFakeApi } from '../sdk/fake-api.ts';
import { BUNDLE, sampleJwks, sampleMe } from '../sdk/samples.ts';
import { fakeHost, memoryKeychain } from './fake-host.ts';

let api: FakeApi;

beforeEach(async () => {
  const { issuers } = await startIssuer();
  api = await startFakeApi({
    getHealth: () => ({ status: 200, body: { status: 'ok' } }),
    getConfiguration: () => ({
      status: 200,
      body: {
        publicUrl: api.url,
        issuers: [{ domain: 'admin', issuer: issuers.admin, audience: 'writ', clientId: 'writ-cli' }],
        bundleSha256: BUNDLE,
      },
    }),
    getAuthorizationServer: () => ({ status: 200, body: metadata(api.url) }),
    getJwks: () => ({ status: 200, body: sampleJwks() }),
    getMe: () => ({
      status: 200,
      body: sampleMe({ subject: 'alice', person: 'alice', authentication: { mfa: false, methods: ['pwd'] } }),
    }),
  });
});
afterEach(async () => {
  await api.stop();
});

const metadata = (issuer: string) => authorizationServerMetadata(issuer, { scopes: [], details: [] });

async function examine(more: Partial<Host> = {}) {
  const { host, written } = fakeHost({ env: { WRIT_API: api.url }, capture: async () => 'aws-cli/2.0 more', ...more });
  const session = { domain: 'admin', issuer: 'x', accessToken: 'token', expiresAt: host.now() + 3_600_000 };
  await writeSession(host, { name: 'local', api: api.url }, { ...session, api: api.url, again: 'writ login' });
  const code = await run(['doctor', '--json'], host);
  const { checks } = JSON.parse(written.stdout) as { checks: { check: string; state: string; detail: string }[] };
  return { code, states: Object.fromEntries(checks.map(({ check, state }) => [check, state])), checks };
}

describe('writ doctor', () => {
  it('is content when all is well', async () => {
    const { code, states, checks } = await examine({ keychain: memoryKeychain() });
    expect(states).toEqual({
      configuration: 'ok',
      'token storage': 'ok',
      API: 'ok',
      clock: 'ok',
      'issuer (admin)': 'ok',
      'authorization server': 'ok',
      'sign-in': 'ok',
      'AWS endpoint': 'ok',
      'AWS CLI': 'ok',
    });
    expect(code).toBe(0);
    expect(checks.map(({ detail }) => detail)).toContain("sealed by the system's keychain");
  });

  it.each([
    [60_000, 'warn', 0],
    [600_000, 'fail', 1],
    [-600_000, 'fail', 1],
  ])('finds a clock that is off by %i ms: %s', async (off, state, expected) => {
    const { code, states } = await examine({ now: () => Date.now() + off });
    expect(states['clock']).toBe(state);
    expect(code).toBe(expected);
  });

  it('finds a sign-in that the API refuses, and warns of a missing AWS CLI', async () => {
    api.answers.getMe = () => problem('unauthenticated');
    const { code, states } = await examine({ capture: async () => undefined });
    expect(states).toMatchObject({ 'sign-in': 'fail', 'AWS CLI': 'warn' });
    expect(code).toBe(1);
  });

  it.each([
    [
      'is another',
      () => metadata('https://elsewhere.example.com'),
      'it calls itself https://elsewhere.example.com and leads to',
    ],
    [
      'leads elsewhere',
      () => ({ ...metadata(api.url), jwks_uri: 'https://elsewhere.example.com/keys' }),
      'leads to https://elsewhere.example.com/keys, and the API http://',
    ],
  ])('finds an authorization server that %s', async (_, body, found) => {
    api.answers.getAuthorizationServer = () => ({ status: 200, body: body() });
    const { code, checks } = await examine();
    const finding = checks.find(({ check }) => check === 'authorization server');
    expect(finding).toMatchObject({ state: 'fail' });
    expect(finding?.detail).toContain(found);
    expect(code).toBe(1);
  });

  it('finds an authorization server that publishes no keys, or does not answer', async () => {
    api.answers.getJwks = () => ({ status: 200, body: { keys: [] } });
    expect((await examine()).states).toMatchObject({ 'authorization server': 'fail' });
    api.answers.getAuthorizationServer = () => problem('internal_error');
    expect((await examine()).states).toMatchObject({ 'authorization server': 'fail' });
  });
});
