/** The example's own rules, against an authorization server in memory. The whole is in `supportDesk.test.ts`. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Evidence, Report } from '../../examples/resource-server/evidence.ts';
import { writEvidence } from '../../examples/resource-server/evidence.ts';
import { listen } from '../../examples/resource-server/listen.ts';
import { supportService } from '../../examples/resource-server/service.ts';
import type { Customer } from '../../examples/resource-server/service.ts';
import { assemble, settingsFrom } from '../../examples/resource-server/settings.ts';
import { WritApiError } from '../../sdk/index.ts';
import {
  claimsOf,
  IMPERSONATION,
  ISSUER,
  makeBench,
  makeKey,
  makeProof,
  NOW,
  NOW_S,
  signText,
} from '../sdk/verify/fixture.ts';

const AUDIENCE = 'https://support.example.com';
const key = makeKey();
const holder = makeKey();
const ERIN = 'customer:shop:erin';

let told: Report[];
let uses: number;
let customers: Map<string, Customer>;
const evidence: Evidence = {
  spend: () => Promise.resolve(uses-- > 0),
  report: (report) => {
    told.push(report);
    return Promise.resolve();
  },
};

beforeEach(() => {
  told = [];
  uses = 0;
  customers = new Map([
    ['erin', { principal: ERIN, settings: { language: 'en', newsletter: true } }],
    ['noor', { principal: 'customer:shop:noor', settings: { language: 'de', newsletter: false } }],
  ]);
});

function service() {
  const { verifier } = makeBench(key, {
    audience: AUDIENCE,
    impersonation: true,
    consumes: true,
    resourceMetadata: `${AUDIENCE}/.well-known/oauth-protected-resource`,
  });
  return supportService({ issuer: ISSUER, audience: AUDIENCE, verifier, evidence, customers, clock: () => NOW });
}

const DELEGATION = { sub: ERIN, act: { sub: 'workload:client:phone-app' }, scope: 'password:reset' };

/** As the agent, or with other claims. */
async function call(method: string, path: string, claims: object = {}, app = service()): Promise<Response> {
  const made = claimsOf({
    ...IMPERSONATION,
    aud: AUDIENCE,
    scope: 'settings:read password:reset',
    cnf: { jkt: holder.kid },
    authorization_details: undefined,
    ...claims,
  });
  const header = { alg: 'ES256', typ: 'at+jwt', kid: key.kid };
  const token = signText(key, JSON.stringify(header), JSON.stringify(made));
  const proof = makeProof(holder, token, { claims: { htm: method, htu: AUDIENCE + path } });
  return app.fetch(
    new Request(`https://any.example${path}`, { method, headers: { authorization: `DPoP ${token}`, dpop: proof } }),
  );
}

describe('the support service', () => {
  it('shows the customer’s settings to an agent who acts for them, and tells of it', async () => {
    const response = await call('GET', '/customers/erin/settings');
    expect([response.status, await response.json()]).toEqual([200, { language: 'en', newsletter: true }]);
    expect(told).toMatchObject([{ operation: 'settings:read', resource: 'erin', outcome: 'succeeded' }]);
  });

  it('resets the password', async () => {
    expect((await call('POST', '/customers/erin/password-reset')).status).toBe(200);
    expect(customers.get('erin')?.passwordResetAt).toBe(NOW);
  });

  it.each([
    ['another customer’s things', '/customers/noor/settings'],
    ['the things of nobody', '/customers/nobody/settings'],
  ])('shows nothing of %s, and tells that it refused', async (_, path) => {
    const response = await call('GET', path);
    expect([response.status, await response.json()]).toEqual([404, { error: 'not_found' }]);
    expect(told).toMatchObject([{ outcome: 'refused' }]);
  });

  it('keeps billing from everybody: no scope leads there', async () => {
    const response = await call('GET', '/customers/erin/invoices');
    expect([response.status, await response.json()]).toMatchObject([403, { error: 'insufficient_scope' }]);
    expect(response.headers.get('www-authenticate')).toContain('scope="billing:read"');
    expect(told).toEqual([]);
  });

  it('takes nothing without a token, and says where to find out more', async () => {
    const response = await service().request('/customers/erin/settings');
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain(
      `resource_metadata="${AUDIENCE}/.well-known/oauth-protected-resource"`,
    );
    const metadata = await service().request('/.well-known/oauth-protected-resource');
    expect(await metadata.json()).toMatchObject({
      resource: AUDIENCE,
      authorization_servers: [ISSUER],
      scopes_supported: ['settings:read', 'password:reset'],
      dpop_bound_access_tokens_required: true,
    });
  });

  it('takes a proof once', async () => {
    const app = service();
    const made = JSON.stringify(
      claimsOf({ ...IMPERSONATION, aud: AUDIENCE, scope: 'settings:read', cnf: { jkt: holder.kid } }),
    );
    const token = signText(key, JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: key.kid }), made);
    const dpop = makeProof(holder, token, { claims: { htu: `${AUDIENCE}/customers/erin/settings` } });
    const init = { headers: { authorization: `DPoP ${token}`, dpop } };
    const send = async () => (await app.request('/customers/erin/settings', init)).status;
    expect((await Promise.all([send(), send()])).sort()).toEqual([200, 401]);
  });
});

describe('a customer’s own reset', () => {
  const mfa = { kind: 'delegation', consent: undefined, ...DELEGATION, acr: 'urn:writ:acr:mfa' };

  it('takes a second factor of the last ten minutes', async () => {
    expect((await call('POST', '/me/password-reset', { ...mfa, auth_time: NOW_S - 599 })).status).toBe(200);
  });

  it.each([
    ['an older one', { ...mfa, auth_time: NOW_S - 601 }],
    ['one factor', { ...mfa, acr: 'urn:writ:acr:single', auth_time: NOW_S }],
    ['an agent', {}],
  ])('answers %s with what is needed (RFC 9470)', async (_, claims) => {
    const response = await call('POST', '/me/password-reset', claims);
    expect([response.status, await response.json()]).toMatchObject([
      401,
      { error: 'insufficient_user_authentication' },
    ]);
    expect(response.headers.get('www-authenticate')).toMatch(/acr_values="urn:writ:acr:mfa", max_age="600"/u);
    expect(customers.get('erin')?.passwordResetAt).toBeUndefined();
  });
});

describe('a token whose uses are counted', () => {
  it('is spent before the deed, and does nothing without a use left', async () => {
    uses = 1;
    expect((await call('POST', '/customers/erin/password-reset', { max_uses: 1 })).status).toBe(200);
    customers = new Map([['erin', { principal: ERIN, settings: { language: 'en', newsletter: true } }]]);
    const again = await call('POST', '/customers/erin/password-reset', { max_uses: 1 });
    expect([again.status, await again.json()]).toEqual([403, { error: 'uses_exhausted' }]);
    expect(customers.get('erin')?.passwordResetAt).toBeUndefined();
  });

  it('does nothing where it is not known whether it was spent', async () => {
    const unsure = { ...evidence, spend: () => Promise.reject(new Error('no answer')) };
    const { verifier } = makeBench(key, { audience: AUDIENCE, impersonation: true, consumes: true });
    const app = supportService({
      issuer: ISSUER,
      audience: AUDIENCE,
      verifier,
      evidence: unsure,
      customers,
      clock: () => NOW,
    });
    expect((await call('POST', '/customers/erin/password-reset', { max_uses: 1 }, app)).status).toBe(500);
    expect(customers.get('erin')?.passwordResetAt).toBeUndefined();
  });
});

describe('writEvidence', () => {
  const refusing = (code: 'uses_exhausted' | 'unavailable') => () =>
    Promise.reject(
      new WritApiError({
        type: 'about:blank',
        title: 't',
        status: 409,
        code,
        detail: 'd',
        remediation: 'r',
        traceId: 'x',
      }),
    );
  const report = { token: 'a.secret.token', requestId: 'request-1', operation: 'settings:read', resource: 'erin' };

  it('logs what could not be told, without the token', async () => {
    const lines: string[] = [];
    const writ = { consume: refusing('uses_exhausted'), reportActivity: refusing('unavailable') };
    await writEvidence(writ, (line) => lines.push(line)).report({ ...report, outcome: 'succeeded' });
    expect(lines).toEqual(['not told (unavailable): settings:read on erin: succeeded, request request-1']);
  });

  it('knows spent from not knowing', async () => {
    const of = (code: 'uses_exhausted' | 'unavailable') =>
      writEvidence({ consume: refusing(code), reportActivity: refusing(code) }, () => undefined).spend(report);
    expect(await of('uses_exhausted')).toBe(false);
    await expect(of('unavailable')).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('settingsFrom', () => {
  it.each([
    [{}, 'WRIT_ISSUER must be'],
    [{ WRIT_ISSUER: ISSUER }, 'WRIT_CLIENT_KEY must be'],
    [{ WRIT_ISSUER: ISSUER, WRIT_CLIENT_KEY: 'key.json', REVOCATION: 'never' }, 'REVOCATION must be'],
  ])('names what is missing in %j', (env, text) => {
    expect(() => settingsFrom(env, () => undefined)).toThrow(text);
  });

  it('assembles a service', () => {
    const jwk = { kid: 'k', ...holder.privateKey.export({ format: 'jwk' }) } as Parameters<typeof assemble>[0]['key'];
    for (const revocation of ['introspection', 'snapshot'] as const) {
      const { audience } = assemble({ issuer: ISSUER, key: jwk, revocation, log: () => undefined });
      expect(audience).toBe(AUDIENCE);
    }
  });
});

describe('listen', () => {
  it('hands on what came twice as such, and only the path of the URL', async () => {
    const seen: string[] = [];
    const server = await listen((request) => {
      seen.push(request.url, request.headers.get('dpop') ?? '');
      return new Response(createHash('sha256').update('x').digest());
    }, 0);
    const { port } = server.address() as AddressInfo;
    const headers = new Headers([
      ['dpop', 'one'],
      ['dpop', 'two'],
    ]);
    const response = await fetch(`http://127.0.0.1:${port}//other.example/path`, { headers });
    expect(response.status).toBe(200);
    expect(seen).toEqual(['http://host.invalid//other.example/path', 'one, two']);
    server.close();
    await once(server, 'close');
  });
});
