import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Host } from '../../cli/src/host.ts';
import { run } from '../../cli/src/run.ts';
import { writeSession } from '../../cli/src/store/session.ts';
import { startIssuer } from '../local/oidc/fixture.ts';
import type { FakeApi } from '../sdk/fake-api.ts';
import { problem, startFakeApi } from '../sdk/fake-api.ts';
import { BUNDLE, sampleMe } from '../sdk/samples.ts';
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
    getMe: () => ({
      status: 200,
      body: sampleMe({ subject: 'alice', person: 'alice', authentication: { mfa: false, methods: ['pwd'] } }),
    }),
  });
});
afterEach(async () => {
  await api.stop();
});

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
});
