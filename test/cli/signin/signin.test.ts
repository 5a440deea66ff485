import { decodeJwt } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../cli/src/run.ts';
import type { Host } from '../../../cli/src/host.ts';
import { readSession, writeSession } from '../../../cli/src/store/session.ts';
import { accessToken } from '../../../cli/src/signin/token.ts';
import { receiveOnLoopback } from '../../../cli/src/signin/loopback.ts';
import type { OidcIssuer } from '../../../local/oidc/issuer.ts';
import type { FakeApi } from '../../sdk/fake-api.ts';
import { problem, startFakeApi } from '../../sdk/fake-api.ts';
import { BUNDLE } from '../../sdk/samples.ts';
import { Browser } from '../../local/oidc/browser.ts';
import { startIssuer } from '../../local/oidc/fixture.ts';
import { fakeHost } from '../fake-host.ts';
import { rawRequest } from '../raw-request.ts';

let api: FakeApi;
let issuer: OidcIssuer;
/** Who the API was told is calling. */
let tokens: string[];

beforeEach(async () => {
  issuer = await startIssuer();
  tokens = [];
  api = await startFakeApi({
    getConfiguration: () => ({
      status: 200,
      body: {
        publicUrl: api.url,
        issuers: (['admin', 'support'] as const).map((domain) => ({
          domain,
          issuer: issuer.issuers[domain],
          audience: 'writ',
          clientId: 'writ-cli',
        })),
        bundleSha256: BUNDLE,
      },
    }),
    getMe: ({ token = '' }) => {
      tokens.push(token);
      const { sub = '' } = decodeJwt(token);
      const me = { id: sub, domain: 'admin', issuer: 'x', subject: sub, person: sub, groups: [], project: 'shop' };
      return { status: 200, body: { ...me, authentication: { mfa: false, methods: ['pwd'] } } };
    },
  });
});
afterEach(async () => {
  await api.stop();
  expect(api.violations).toEqual([]);
});

const profile = () => ({ name: 'local', api: api.url });

/** A host whose browser is a person who signs in with the given fields. */
function hostOf(fields: Record<string, string>, more: Partial<Host> = {}) {
  return fakeHost({
    env: { WRIT_API: api.url },
    openUrl: async (url) => {
      void (async () => {
        const browser = new Browser(issuer.issuers.admin);
        const end = await browser.submit(await browser.get(url), fields);
        await fetch(end.url);
      })();
      return true;
    },
    ...more,
  });
}

describe('writ login by browser', () => {
  it('signs in with PKCE, keeps the session, and shows no token', async () => {
    const { host, written } = hostOf({ user: 'alice' });
    expect(await run(['login'], host)).toBe(0);
    const session = await readSession(host, profile());
    expect(session).toMatchObject({ domain: 'admin', issuer: issuer.issuers.admin, again: 'writ login' });
    expect(decodeJwt(session?.accessToken ?? '')).toMatchObject({ sub: 'alice', aud: 'writ' });
    expect(session?.refreshToken).toEqual(expect.any(String));
    expect(written.stdout).toContain('you            alice\n');
    expect(written.stderr).toMatch(/code_challenge_method=S256/);
    for (const secret of [session?.accessToken, session?.refreshToken]) {
      expect(written.stdout + written.stderr).not.toContain(secret);
    }
  });

  it("signs in at another domain's issuer", async () => {
    const { host } = hostOf({ user: 'dave' });
    expect(await run(['login', '--domain', 'support'], host)).toBe(0);
    expect(await readSession(host, profile())).toMatchObject({
      domain: 'support',
      again: 'writ login --domain support',
    });
  });

  it('asks anew with --mfa', async () => {
    const { host, written } = hostOf({ user: 'alice', mfa: 'true' });
    expect(await run(['login', '--mfa'], host)).toBe(0);
    expect(written.stderr).toContain('prompt=login');
    const session = await readSession(host, profile());
    expect(session?.again).toBe('writ login --mfa');
    expect(decodeJwt(session?.accessToken ?? '')).toMatchObject({ amr: ['pwd', 'otp', 'mfa'] });
  });

  it('says that it was cancelled, and keeps nothing', async () => {
    const { host, written } = hostOf({ cancel: 'true' });
    expect(await run(['login'], host)).toBe(3);
    expect(written.stderr).toContain('writ: sign-in failed: the sign-in was cancelled\n');
    expect(await readSession(host, profile())).toBeUndefined();
  });

  it('keeps nothing when the API refuses the token', async () => {
    api.answers.getMe = () => problem('unauthenticated');
    const { host } = hostOf({ user: 'alice' });
    expect(await run(['login'], host)).toBe(3);
    expect(await readSession(host, profile())).toBeUndefined();
  });

  it('refuses an authorization response with a code that was not asked for', async () => {
    const { host, written } = hostOf(
      {},
      {
        openUrl: async (url) => {
          const { searchParams } = new URL(url);
          const callback = new URL(searchParams.get('redirect_uri') ?? '');
          callback.search = new URLSearchParams({
            code: 'stolen',
            state: searchParams.get('state') ?? '',
            iss: issuer.issuers.admin,
          }).toString();
          void fetch(callback);
          return true;
        },
      },
    );
    expect(await run(['login'], host)).toBe(3);
    expect(written.stderr).toContain('writ: sign-in failed: ');
  });
});

describe('the loopback receiver', () => {
  it('turns away everything but the answer with our state, and goes on waiting', async () => {
    const receiver = await receiveOnLoopback('our-state');
    const statuses = [];
    for (const [suffix, init] of [
      ['?state=other&code=1', {}],
      ['?code=1', {}],
      ['/more?state=our-state&code=1', {}],
      ['?state=our-state&code=1', { method: 'POST' }],
      ['?state=our-state&code=2', {}],
    ] as const) {
      statuses.push((await fetch(receiver.redirectUri + suffix, init)).status);
    }
    expect(statuses).toEqual([404, 404, 404, 404, 200]);
    const rebound = await rawRequest(`${receiver.redirectUri}?state=our-state&code=3`, { host: 'evil.example.com' });
    expect(rebound.status).toBe(404);
    expect((await receiver.response).searchParams.get('code')).toBe('2');
    receiver.close();
  });
});

describe('writ login --device', () => {
  it('shows where to enter which code, and waits', async () => {
    let entered: Promise<unknown> | undefined;
    const { host, written } = fakeHost({
      env: { WRIT_API: api.url },
      stderr: {
        isTTY: false,
        write: (text) => {
          written.stderr += text;
          const code = /[A-Z]{4}-[A-Z]{4}/.exec(text)?.[0];
          const uri = /open {2}(\S+)/.exec(written.stderr)?.[1];
          if (code !== undefined && uri !== undefined) entered = enter(uri, code);
        },
      },
    });
    async function enter(uri: string, code: string) {
      const browser = new Browser(issuer.issuers.admin);
      const confirm = await browser.submit(await browser.get(uri), { user_code: code });
      await browser.submit(await browser.submit(confirm, {}), { user: 'carol' });
    }
    expect(await run(['login', '--device'], host)).toBe(0);
    await entered;
    expect(await readSession(host, profile())).toMatchObject({ again: 'writ login --device' });
    expect(written.stdout).toContain('you            carol\n');
  });
});

describe('a sign-in that has expired', () => {
  const expire = async (host: Host) => {
    const session = await readSession(host, profile());
    if (!session) throw new Error('not signed in');
    await writeSession(host, profile(), { ...session, expiresAt: host.now() + 1_000 });
    return session;
  };

  it('is refreshed once, however many ask at the same time', async () => {
    const { host } = hostOf({ user: 'alice' });
    await run(['login'], host);
    const before = await expire(host);
    const asked = await Promise.all(Array.from({ length: 5 }, () => accessToken(host, profile())));
    const after = await readSession(host, profile());
    expect(new Set(asked)).toEqual(new Set([after?.accessToken]));
    expect(after?.accessToken).not.toBe(before.accessToken);
    // The issuer rotates: the one before would end the whole sign-in if it were used again.
    expect(after?.refreshToken).not.toBe(before.refreshToken);
    expect(after?.expiresAt).toBeGreaterThan(host.now() + 60_000);
  });

  it('asks to sign in again when the issuer has ended it', async () => {
    const { host, written } = hostOf({ user: 'alice' });
    await run(['login'], host);
    const session = await expire(host);
    await writeSession(host, profile(), { ...session, expiresAt: 0, refreshToken: 'made-up' });
    expect(await run(['whoami'], host)).toBe(3);
    expect(written.stderr).toContain('writ: your sign-in has ended\n  what to do: writ login\n');
  });

  it('ends at the issuer with writ logout', async () => {
    const { host, written } = hostOf({ user: 'alice' });
    await run(['login'], host);
    const session = await expire(host);
    expect(await run(['logout'], host)).toBe(0);
    expect(written.stderr).not.toContain('The issuer was not told');
    await writeSession(host, profile(), { ...session, expiresAt: 0 });
    await expect(accessToken(host, profile())).rejects.toMatchObject({ code: 'signed_out', exit: 3 });
  });
});
