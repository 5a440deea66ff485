import { decodeJwt, decodeProtectedHeader } from 'jose';
import * as client from 'openid-client';
import { describe, expect, it } from 'vitest';
import type { OidcIssuer } from '../../../local/oidc/issuer.ts';
import type { IssuerDomain } from '../../../local/oidc/people.ts';
import { Browser } from './browser.ts';
import type { Page } from './browser.ts';
import { startIssuer, temporaryDirectory, verifierFor } from './fixture.ts';

const REDIRECT = 'http://127.0.0.1:51234/callback';

const configure = (issuer: string): Promise<client.Configuration> =>
  client.discovery(new URL(issuer), 'writ-cli', undefined, client.None(), {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to stand out; this is plain HTTP on loopback
    execute: [client.allowInsecureRequests],
  });

interface Attempt {
  readonly config: client.Configuration;
  readonly url: string;
  readonly checks: { pkceCodeVerifier: string; expectedState: string };
}

async function begin(issuer: string, changes: Record<string, string> = {}): Promise<Attempt> {
  const config = await configure(issuer);
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT,
    scope: 'openid offline_access',
    state: expectedState,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...changes,
  });
  return { config, url: url.href, checks: { pkceCodeVerifier, expectedState } };
}

const redeem = ({ config, checks }: Attempt, page: Page) =>
  client.authorizationCodeGrant(config, new URL(page.url), { ...checks, idTokenExpected: true });

/** Signs in as a person would, with what `writ login` does around it. */
async function signIn(issuer: OidcIssuer, domain: IssuerDomain, fields: Record<string, string>) {
  const attempt = await begin(issuer.issuers[domain]);
  const browser = new Browser(issuer.issuers.admin);
  const end = await browser.submit(await browser.get(attempt.url), fields);
  return { config: attempt.config, tokens: await redeem(attempt, end) };
}

describe('the browser flow', () => {
  it('gives an access token that Writ accepts, and a refresh token', async () => {
    const issuer = await startIssuer();
    const { tokens } = await signIn(issuer, 'admin', { user: 'bob', mfa: 'true' });
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 3600 });
    expect(tokens.refresh_token).toEqual(expect.any(String));
    expect(decodeProtectedHeader(tokens.access_token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    const { principal } = await verifierFor(issuer).verify(tokens.access_token);
    expect(principal).toMatchObject({
      id: 'admin:admin:bob',
      person: 'bob',
      groups: ['engineers', 'team-leads'],
      project: 'shop',
      email: 'bob@example.com',
      authentication: { mfa: true, methods: ['pwd', 'otp', 'mfa'], at: expect.any(Number) as number },
    });
    expect(tokens.claims()).toMatchObject({ sub: 'bob', aud: 'writ-cli', acr: 'aal2', email: 'bob@example.com' });
  });

  it('without the box is not MFA', async () => {
    const issuer = await startIssuer();
    const { tokens } = await signIn(issuer, 'admin', { user: 'bob' });
    const { principal } = await verifierFor(issuer).verify(tokens.access_token);
    expect(principal.authentication).toMatchObject({ mfa: false, methods: ['pwd'] });
  });

  it.each([
    ['support', 'dave'],
    ['customer', 'erin'],
    ['workload', 'ci'],
  ] as const)('works at the %s issuer', async (domain, user) => {
    const issuer = await startIssuer();
    const { tokens } = await signIn(issuer, domain, { user });
    const { principal } = await verifierFor(issuer).verify(tokens.access_token);
    expect(principal).toMatchObject({ domain, subject: user });
  });

  it('gives claims as the tokens for scripts have', async () => {
    const issuer = await startIssuer();
    const { tokens } = await signIn(issuer, 'admin', { user: 'alice', mfa: 'true' });
    const response = await fetch(`${issuer.issuers.admin}/dev/token?user=alice&mfa=true`);
    const script = (await response.json()) as { access_token: string };
    const timeless = (token: string) => {
      const { iat: _iat, exp: _exp, jti: _jti, auth_time: _at, ...claims } = decodeJwt(token);
      return [decodeProtectedHeader(token), claims];
    };
    expect(timeless(script.access_token)).toEqual(timeless(tokens.access_token));
  });

  it('asks again in the same browser, so that one person after another can sign in', async () => {
    const issuer = await startIssuer();
    const browser = new Browser(issuer.issuers.admin);
    for (const user of ['alice', 'bob', 'bob-admin', 'bob']) {
      const attempt = await begin(issuer.issuers.admin);
      const tokens = await redeem(attempt, await browser.submit(await browser.get(attempt.url), { user }));
      expect(tokens.claims()?.sub).toBe(user);
    }
  });

  it('preselects the account of a login hint, which a submit then takes', async () => {
    const issuer = await startIssuer();
    const attempt = await begin(issuer.issuers.admin, { login_hint: 'carol' });
    const browser = new Browser(issuer.issuers.admin);
    const tokens = await redeem(attempt, await browser.submit(await browser.get(attempt.url), {}));
    expect(tokens.claims()?.sub).toBe('carol');
  });

  it('can be cancelled', async () => {
    const issuer = await startIssuer();
    const attempt = await begin(issuer.issuers.admin);
    const browser = new Browser(issuer.issuers.admin);
    const end = await browser.submit(await browser.get(attempt.url), { cancel: 'true' });
    await expect(redeem(attempt, end)).rejects.toMatchObject({ error: 'access_denied' });
  });

  it('refuses an account of another domain, and one that nobody has', async () => {
    const issuer = await startIssuer();
    const browser = new Browser(issuer.issuers.admin);
    for (const user of ['dave', 'mallory', '']) {
      const page = await browser.submit(await browser.get((await begin(issuer.issuers.admin)).url), { user });
      expect(page.status).toBe(400);
      expect(page.body).toContain('choose one of the accounts');
    }
  });

  it.each([
    'https://evil.example.com/callback',
    'http://192.0.2.1/callback',
    'http://127.0.0.1:5000/other',
    'http://127.0.0.1.evil.example.com/callback',
    'http://127.0.0.1:80@evil.example.com/callback',
  ])('refuses to redirect to %s', async (redirect_uri) => {
    const issuer = await startIssuer();
    const page = await new Browser(issuer.issuers.admin).get((await begin(issuer.issuers.admin, { redirect_uri })).url);
    expect(page.status).toBe(400);
    expect(page.body).toContain('redirect_uri');
  });

  it.each(['http://localhost:40000/callback', 'http://127.0.0.1:1/callback', 'http://[::1]:9/callback'])(
    'redirects to %s',
    async (redirect_uri) => {
      const issuer = await startIssuer();
      const attempt = await begin(issuer.issuers.admin, { redirect_uri });
      const browser = new Browser(issuer.issuers.admin);
      const end = await browser.submit(await browser.get(attempt.url), { user: 'alice' });
      expect(end.url.startsWith(redirect_uri)).toBe(true);
      expect((await redeem(attempt, end)).claims()?.sub).toBe('alice');
    },
  );

  it('needs PKCE, and the code is good once, for the one who began', async () => {
    const issuer = await startIssuer();
    const browser = new Browser(issuer.issuers.admin);
    const config = await configure(issuer.issuers.admin);
    const bare = client.buildAuthorizationUrl(config, { redirect_uri: REDIRECT, scope: 'openid', state: 'x' });
    expect((await browser.get(bare.href)).url).toContain('error=invalid_request');

    const attempt = await begin(issuer.issuers.admin);
    const end = await browser.submit(await browser.get(attempt.url), { user: 'alice' });
    const thief = { ...attempt, checks: { ...attempt.checks, pkceCodeVerifier: client.randomPKCECodeVerifier() } };
    await expect(redeem(thief, end)).rejects.toMatchObject({ error: 'invalid_grant' });

    const second = await begin(issuer.issuers.admin);
    const page = await browser.submit(await browser.get(second.url), { user: 'alice' });
    await redeem(second, page);
    await expect(redeem(second, page)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('refuses another resource than the API', async () => {
    const issuer = await startIssuer();
    const attempt = await begin(issuer.issuers.admin, { resource: 'https://other.example.com' });
    const end = await new Browser(issuer.issuers.admin).get(attempt.url);
    expect(end.url).toContain('error=invalid_target');
  });
});

describe('a refresh token', () => {
  it('renews the access token with the sign-in unchanged, once', async () => {
    const issuer = await startIssuer();
    const { config, tokens } = await signIn(issuer, 'support', { user: 'dave', mfa: 'true' });
    const renewed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
    const { principal } = await verifierFor(issuer).verify(renewed.access_token);
    expect(principal.authentication.mfa).toBe(true);
    const before = decodeJwt(tokens.access_token);
    const after = decodeJwt(renewed.access_token);
    expect(after['auth_time']).toBe(before['auth_time']);
    expect(after.jti).not.toBe(before.jti);
    await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    // The reuse was a theft for all that the issuer knows: the successor is dead too.
    await expect(client.refreshTokenGrant(config, renewed.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('of one issuer is nothing to another', async () => {
    const issuer = await startIssuer();
    const { tokens } = await signIn(issuer, 'support', { user: 'dave' });
    const other = await configure(issuer.issuers.admin);
    await expect(client.refreshTokenGrant(other, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('survives a restart', async () => {
    const directory = temporaryDirectory();
    const first = await startIssuer({ directory });
    const { tokens } = await signIn(first, 'admin', { user: 'alice' });
    const port = Number(new URL(first.issuers.admin).port);
    await first.close();
    const second = await startIssuer({ directory, port });
    const renewed = await client.refreshTokenGrant(await configure(second.issuers.admin), tokens.refresh_token ?? '');
    expect((await verifierFor(second).verify(renewed.access_token)).principal.subject).toBe('alice');
    expect((await verifierFor(second).verify(tokens.access_token)).principal.subject).toBe('alice');
  });

  it('can be revoked', async () => {
    const issuer = await startIssuer();
    const { config, tokens } = await signIn(issuer, 'admin', { user: 'alice' });
    await client.tokenRevocation(config, tokens.refresh_token ?? '');
    await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });
});

describe('the device flow', () => {
  const start = async (issuer: OidcIssuer, domain: IssuerDomain) => {
    const config = await configure(issuer.issuers[domain]);
    const device = await client.initiateDeviceAuthorization(config, { scope: 'openid offline_access' });
    const poll = () => client.pollDeviceAuthorizationGrant(config, { ...device, interval: 0.05 });
    return { device, poll, browser: new Browser(issuer.issuers.admin) };
  };

  it.each([
    ['admin', 'alice'],
    ['support', 'dave'],
  ] as const)('signs in at the %s issuer with a typed code', async (domain, user) => {
    const issuer = await startIssuer();
    const { device, poll, browser } = await start(issuer, domain);
    expect(device.verification_uri).toBe(`${issuer.issuers[domain]}/device`);
    expect(device.user_code).toMatch(/^[A-Z]{4}-[A-Z]{4}$/u);
    const waiting = poll();

    const confirm = await browser.submit(await browser.get(device.verification_uri), { user_code: device.user_code });
    expect(confirm.body).toContain(`<code>${device.user_code}</code>`);
    const choose = await browser.submit(confirm, {});
    const done = await browser.submit(choose, { user, mfa: 'true' });
    expect(done.body).toContain('You can close this page');

    const tokens = await waiting;
    expect(tokens.refresh_token).toEqual(expect.any(String));
    const { principal } = await verifierFor(issuer).verify(tokens.access_token);
    expect(principal).toMatchObject({ domain, subject: user, authentication: { mfa: true } });
  });

  it('takes the code from the link, and still asks whether it is the same', async () => {
    const issuer = await startIssuer();
    const { device, poll, browser } = await start(issuer, 'admin');
    const confirm = await browser.submit(await browser.get(device.verification_uri_complete ?? ''), {});
    expect(confirm.body).toContain(`<code>${device.user_code}</code>`);
    await browser.submit(await browser.submit(confirm, {}), { user: 'carol' });
    expect((await poll()).claims()?.sub).toBe('carol');
  });

  it('can be cancelled at the confirmation', async () => {
    const issuer = await startIssuer();
    const { device, poll, browser } = await start(issuer, 'admin');
    const confirm = await browser.submit(await browser.get(device.verification_uri), { user_code: device.user_code });
    await browser.submit(confirm, { abort: 'yes' });
    await expect(poll()).rejects.toMatchObject({ error: 'access_denied' });
  });

  it('shows a wrong code\u2019s form again, with its text escaped', async () => {
    const issuer = await startIssuer();
    const { device, browser } = await start(issuer, 'admin');
    const again = await browser.submit(await browser.get(device.verification_uri), { user_code: '"><script>x' });
    expect(again.body).toContain('That code is not known');
    expect(again.body).not.toContain('<script>x');
  });
});
