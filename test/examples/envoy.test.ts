import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { format } from 'prettier';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorize, IDENTITY_HEADERS } from '../../examples/envoy/authorize.ts';
import type { Route } from '../../examples/envoy/authorize.ts';
import type { Verifier } from '../../sdk/verify/index.ts';
import { AUDIENCE, makeBench, makeKey, makeProof, makeToken } from '../sdk/verify/fixture.ts';

const key = makeKey();
const holder = makeKey();
const token = makeToken(key, { cnf: { jkt: holder.kid } });
const ROUTES: readonly Route[] = [
  { method: 'GET', path: /^\/reports$/u, needs: { scopes: ['reports:read'] } },
  { method: 'GET', path: /^\/invoices$/u, needs: { scopes: ['invoices:read'] } },
];

let verifier: Verifier;
/** As Envoy reaches it: over HTTP. */
const server = createServer((request, response) => {
  void authorize(verifier, ROUTES, request).then(({ status, headers, body }) => {
    response.writeHead(status, headers).end(body);
  });
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => server.close(resolve)));

/** As Envoy asks: the original method, its prefix before the original path, and the headers that it lets through. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
  const { port } = server.address() as AddressInfo;
  return fetch(`http://127.0.0.1:${port}${path}`, { method, headers });
}

const proved = (path = '/reports'): Record<string, string> => ({
  authorization: `DPoP ${token}`,
  dpop: makeProof(holder, token, { claims: { htu: AUDIENCE + path } }),
});

describe('the authorization service', () => {
  beforeAll(() => {
    ({ verifier } = makeBench(key));
  });

  it('lets a good request through, and says who it is in every header', async () => {
    const response = await ask('/authorize/reports?year=2026', proved());
    expect(response.status).toBe(200);
    expect(Object.fromEntries(IDENTITY_HEADERS.map((name) => [name, response.headers.get(name)]))).toEqual({
      'x-writ-subject': 'admin:local-admin:alice',
      'x-writ-actors': '["workload:local-workload:ci"]',
      'x-writ-client': 'writ-cli',
      'x-writ-scope': 'reports:read reports:export',
      'x-writ-kind': 'delegation',
      'x-writ-grant': 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
      'x-writ-token': 'tok_01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
      'x-writ-revocation': 'unchecked',
    });
    expect(JSON.stringify([...response.headers])).not.toContain(token);
  });

  it('answers what is missing, for the client', async () => {
    const response = await ask('/authorize/invoices', proved('/invoices'));
    expect([response.status, await response.json()]).toMatchObject([403, { error: 'insufficient_scope' }]);
    expect(response.headers.get('www-authenticate')).toContain('scope="invoices:read"');
    const without = await ask('/authorize/reports');
    expect([without.status, without.headers.get('www-authenticate')]).toMatchObject([
      401,
      expect.stringMatching(/^DPoP/u),
    ]);
  });

  it('takes a proof once', async () => {
    const headers = proved();
    expect((await ask('/authorize/reports', headers)).status).toBe(200);
    expect((await ask('/authorize/reports', headers)).status).toBe(401);
  });

  it.each([
    ['a path that is not listed', '/authorize/other', 'GET'],
    ['another method', '/authorize/reports', 'DELETE'],
    ['more than the listed path', '/authorize/reports/..%2finvoices', 'GET'],
    ['a request that is not Envoy’s', '/reports', 'GET'],
    ['one that only begins like Envoy’s', '/authorized/reports', 'GET'],
  ])('refuses %s, whatever token comes', async (_, path, method) => {
    expect((await ask(path, proved(), method)).status).toBe(403);
  });

  it.each(IDENTITY_HEADERS)('refuses a request that brings %s along', async (name) => {
    expect((await ask('/authorize/reports', { ...proved(), [name]: 'somebody' })).status).toBe(403);
  });

  it('takes no defect for a permission', async () => {
    const broken: Verifier = { verify: () => Promise.reject(new TypeError('a defect')) };
    const request = { method: 'GET', url: '/authorize/reports', headersDistinct: {} };
    expect(await authorize(broken, ROUTES, request)).toEqual({ status: 500, headers: {}, body: '' });
  });
});

describe('envoy.yaml', () => {
  const text = readFileSync('examples/envoy/envoy.yaml', 'utf8');

  it('is well-formed', async () => {
    expect(await format(text, { parser: 'yaml', printWidth: 140, singleQuote: true })).toContain('static_resources:');
    await expect(format(`${text}\n  - : [`, { parser: 'yaml' })).rejects.toThrow();
  });

  it('takes away every header that the service sets, before it asks', () => {
    const removed = [...text.matchAll(/- remove: (\S+)/gu)].map(([, name]) => name);
    expect(removed).toEqual([...IDENTITY_HEADERS]);
    const [mutation, asking] = ['header_mutation', 'ext_authz'].map((name) =>
      text.indexOf(`envoy.filters.http.${name}`),
    );
    expect(mutation).toBeLessThan(asking ?? 0);
  });

  it('is closed when nobody answers, and has one path for both', () => {
    for (const line of ['failure_mode_allow: false', 'normalize_path: true', 'path_prefix: /authorize']) {
      expect(text).toContain(line);
    }
  });
});
