import { request } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TokenError } from '../../../adapters/oidc/tokenError.ts';
import { createOidcIssuer } from '../../../local/oidc/issuer.ts';
import { ACCOUNTS } from '../../../local/oidc/people.ts';
import { startIssuer, temporaryDirectory, verifierFor } from './fixture.ts';

interface Tokens {
  readonly access_token: string;
  readonly id_token: string;
}

async function tokensOf(root: string, user: string, mfa = false): Promise<Tokens> {
  const response = await fetch(`${root}/dev/token?user=${user}${mfa ? '&mfa=true' : ''}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Tokens;
}

/** A GET with any Host header, which `fetch` doesn't let us set. */
function get(url: string, headers: Record<string, string>): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
    })
      .on('error', reject)
      .end();
  });
}

describe('GET /dev/token', () => {
  it.each(ACCOUNTS.map((account) => [account.name, account] as const))('signs in %s', async (name, account) => {
    const issuer = await startIssuer();
    const root = issuer.issuers.admin;
    const tokens = await tokensOf(root, name);
    expect(tokens).toMatchObject({
      token_type: 'Bearer',
      expires_in: 3600,
      domain: account.domain,
      issuer: issuer.issuers[account.domain],
    });
    // Which client a token was given to is what decides whether another one may exchange it.
    expect(decodeJwt(tokens.access_token)).toMatchObject({ client_id: 'writ-cli', sub: name });
    const { principal } = await verifierFor(issuer).verify(tokens.access_token);
    expect(principal).toMatchObject({
      id: `${account.domain}:${account.domain}:${name}`,
      person: name === 'bob-admin' ? 'bob' : name,
      groups: account.groups,
      project: 'shop',
      email: `${name}@example.com`,
      authentication: { mfa: false, methods: ['pwd'] },
    });
  });

  it('gives the second factor where it is asked for', async () => {
    const issuer = await startIssuer();
    const { access_token } = await tokensOf(issuer.issuers.admin, 'carol', true);
    const { principal } = await verifierFor(issuer).verify(access_token);
    expect(principal.authentication).toMatchObject({ mfa: true, methods: ['pwd', 'otp', 'mfa'] });
  });

  it.each([
    [1, 3_600, 3_600],
    [10, 3_600, 36_000],
    // As long as the API takes a token at all.
    [100, 1_728, 172_800],
  ])('lets tokens last at %i times real time as they do in real time', async (clockRate, real, system) => {
    const now = Date.UTC(2030, 0, 1);
    const issuer = await startIssuer({ clock: () => now, clockRate });
    const tokens = (await (await fetch(`${issuer.issuers.admin}/dev/token?user=alice`)).json()) as {
      access_token: string;
      expires_in: number;
    };
    expect(tokens.expires_in).toBe(real);
    const { expiresAt } = await verifierFor(issuer, () => now).verify(tokens.access_token);
    expect(expiresAt).toBe(now + system * 1_000);
  });

  it('uses the given clock', async () => {
    const now = Date.UTC(2030, 0, 1);
    const issuer = await startIssuer({ clock: () => now });
    const { access_token } = await tokensOf(issuer.issuers.admin, 'alice');
    expect(decodeJwt(access_token)).toMatchObject({ iat: now / 1000, exp: now / 1000 + 3600, auth_time: now / 1000 });
    expect((await verifierFor(issuer, () => now).verify(access_token)).expiresAt).toBe(now + 3_600_000);
  });

  it('gives an ID token that is no access token', async () => {
    const issuer = await startIssuer();
    const { id_token } = await tokensOf(issuer.issuers.admin, 'alice');
    expect(decodeProtectedHeader(id_token).typ).toBe('JWT');
    expect(decodeJwt(id_token)).toMatchObject({ aud: 'writ-cli', sub: 'alice' });
    const refusal = await verifierFor(issuer)
      .verify(id_token)
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(TokenError);
    expect(refusal).toMatchObject({ code: 'audience_mismatch' });
  });

  it.each(['?user=mallory', '?user=', '', '?user=Alice', '?user=constructor'])(
    'refuses %j with the list',
    async (query) => {
      const issuer = await startIssuer();
      const response = await fetch(`${issuer.issuers.admin}/dev/token${query}`);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({
        error: 'unknown_user',
        users: ['alice', 'bob', 'bob-admin', 'carol', 'grace', 'heidi', 'audrey', 'dave', 'erin', 'ci'],
      });
    },
  );

  it('exists at the root alone, for GET alone', async () => {
    const issuer = await startIssuer();
    expect((await fetch(`${issuer.issuers.support}/dev/token?user=dave`)).status).toBe(404);
    expect((await fetch(`${issuer.issuers.admin}/dev/token?user=alice`, { method: 'POST' })).status).toBe(405);
  });
});

describe('issuers', () => {
  it('each describe themselves under their own URL', async () => {
    const issuer = await startIssuer();
    for (const url of Object.values(issuer.issuers)) {
      const metadata = await (await fetch(`${url}/.well-known/openid-configuration`)).json();
      expect(metadata).toMatchObject({
        issuer: url,
        authorization_endpoint: `${url}/auth`,
        token_endpoint: `${url}/token`,
        device_authorization_endpoint: `${url}/device/auth`,
        jwks_uri: `${url}/jwks`,
        token_endpoint_auth_methods_supported: ['none'],
        id_token_signing_alg_values_supported: ['ES256'],
      });
    }
    expect((await fetch(`${issuer.issuers.admin}/admin/jwks`)).status).toBe(404);
  });

  it('have keys of their own, and publish no private part', async () => {
    const issuer = await startIssuer();
    const sets = await Promise.all(
      Object.values(issuer.issuers).map(
        async (url) => (await fetch(`${url}/jwks`)).json() as Promise<{ keys: object[] }>,
      ),
    );
    const keys = sets.flatMap((set) => set.keys);
    expect(keys).toHaveLength(4);
    expect(new Set(keys.map((key) => ('x' in key ? key.x : undefined))).size).toBe(4);
    for (const key of keys) expect(key).not.toHaveProperty('d');
  });

  it('keep their keys over a restart', async () => {
    const directory = temporaryDirectory();
    const first = await startIssuer({ directory });
    const { access_token } = await tokensOf(first.issuers.admin, 'alice');
    const port = Number(new URL(first.issuers.admin).port);
    await first.close();
    const second = await startIssuer({ directory, port });
    expect((await verifierFor(second).verify(access_token)).principal.subject).toBe('alice');
  });
});

describe('the server', () => {
  it('answers to its own name alone, so that no other name can be rebound to it', async () => {
    const issuer = await startIssuer();
    const url = `${issuer.issuers.admin}/dev/token?user=alice`;
    const { port } = new URL(url);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
      expect((await get(url, { host })).status).toBe(200);
    }
    for (const host of ['evil.example.com', `evil.example.com:${port}`, '127.0.0.1', `127.0.0.1:${port}.evil`]) {
      const answer = await get(url, { host });
      expect(answer.status).toBe(421);
      expect(answer.body).not.toContain('access_token');
    }
  });

  it('describes itself by its issuer URL, whichever name it was called by', async () => {
    const issuer = await startIssuer();
    const host = issuer.issuers.admin.replace('http://127.0.0.1', 'localhost');
    const { body } = await get(`${issuer.issuers.admin}/.well-known/openid-configuration`, { host });
    expect(JSON.parse(body)).toMatchObject({ token_endpoint: `${issuer.issuers.admin}/token` });
  });

  it('does not take a path for another host', async () => {
    const issuer = await startIssuer();
    expect((await fetch(`${issuer.issuers.admin}//evil.example.com/dev/token?user=alice`)).status).toBe(404);
  });

  it('lets no other origin read its answers', async () => {
    const issuer = await startIssuer();
    const response = await fetch(`${issuer.issuers.admin}/dev/token?user=alice`, {
      headers: { origin: 'https://evil.example.com' },
    });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin');
  });

  it('says clearly that its port is busy', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => {
      squatter.close();
    });
    await new Promise((resolve) => squatter.once('listening', resolve));
    const { port } = squatter.address() as AddressInfo;
    const issuer = createOidcIssuer({ port, directory: temporaryDirectory() });
    await expect(issuer.listen()).rejects.toThrow(`port ${port} is in use (the local OIDC issuer needs it)`);
  });

  it('has no URL before it listens', () => {
    const issuer = createOidcIssuer({ port: 0, directory: temporaryDirectory() });
    expect(() => issuer.issuers).toThrow('not listening yet');
  });
});
