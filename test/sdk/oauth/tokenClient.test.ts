import { createLocalJWKSet, decodeProtectedHeader, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyDpopProof } from '../../../tokens/dpopProof.ts';
import type { TokenClientOptions } from '../../../sdk/index.ts';
import {
  connectResourceServer,
  createTokenClient,
  generateDpopKey,
  TokenError,
  WritConnectionError,
  WritProtocolError,
} from '../../../sdk/index.ts';
import type { FakeApi } from '../fake-api.ts';
import { problem, startFakeApi } from '../fake-api.ts';
import { fakeTokenEndpoint } from '../fake-token-endpoint.ts';
import { GRANT_ID } from '../samples.ts';

const SUBJECT = 'subject-token-that-must-stay-secret';
let api: FakeApi;
let endpoint: ReturnType<typeof fakeTokenEndpoint>;
let pauses: number[];

const clientOf = (more: Partial<TokenClientOptions> = {}) =>
  createTokenClient({
    issuer: api.url,
    clientId: 'writ-cli',
    authentication: 'none',
    sleep: async (milliseconds) => void pauses.push(milliseconds),
    ...more,
  });

const failureOf = async (work: Promise<unknown>): Promise<TokenError> => {
  const error: unknown = await work.catch((caught: unknown) => caught);
  if (error instanceof TokenError) return error;
  throw new Error('nobody refused', { cause: error });
};

beforeEach(async () => {
  api = await startFakeApi({});
  endpoint = fakeTokenEndpoint(api);
  pauses = [];
});
afterEach(async () => {
  await api.stop();
  expect(api.violations).toEqual([]);
});

describe('exchange', () => {
  it('sends the form of RFC 8693 and gives back what the token may do', async () => {
    const before = Date.now();
    const details = [{ type: 'billing_report', identifier: 'C-42' }];
    const token = await clientOf().exchange({
      grantId: GRANT_ID,
      subjectToken: SUBJECT,
      actorToken: 'actor-token',
      audience: 'https://billing.example.com',
      scope: ['reports:read'],
      authorizationDetails: details,
    });
    expect(endpoint.forms).toEqual([
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        client_id: 'writ-cli',
        grant_id: GRANT_ID,
        subject_token: SUBJECT,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        actor_token: 'actor-token',
        actor_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        audience: 'https://billing.example.com',
        scope: 'reports:read',
        authorization_details: JSON.stringify(details),
      },
    ]);
    expect(token).toMatchObject({ tokenType: 'DPoP', scopes: ['reports:read'], authorizationDetails: [] });
    expect(token.expiresAt - before).toBeGreaterThanOrEqual(300_000);
    expect(token).not.toHaveProperty('refreshToken');
  });

  it('proves a key of its own, learns the nonce once, and follows it when it changes', async () => {
    const client = clientOf();
    const asked = async () => client.exchange({ grantId: GRANT_ID, subjectToken: SUBJECT });
    const first = await asked();
    await asked();
    endpoint.nonce = 'nonce-2';
    const third = await asked();
    expect(endpoint.issued).toBe(3);
    const key = await client.key();
    const bound = (token: string) =>
      JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object;
    for (const { accessToken } of [first, third])
      expect(bound(accessToken)).toMatchObject({ cnf: { jkt: key?.thumbprint } });
    expect(pauses).toEqual([]);
  });

  it('gives up on a server that asks for a nonce again and again', async () => {
    let asked = 0;
    api.oauth.issueToken = () => {
      asked += 1;
      return { status: 400, body: { error: 'use_dpop_nonce' }, headers: { 'dpop-nonce': `n${asked}` } };
    };
    expect((await failureOf(clientOf().exchange({ grantId: GRANT_ID, subjectToken: SUBJECT }))).code).toBe(
      'use_dpop_nonce',
    );
    expect(asked).toBe(2);
  });

  it('hands a token over from the key that it is bound to', async () => {
    const old = await generateDpopKey();
    const dpop = await generateDpopKey();
    await clientOf({ dpop }).exchange({ grantId: GRANT_ID, subjectToken: SUBJECT, subjectKey: old });
    const proof = verifyDpopProof(endpoint.forms[0]?.['subject_dpop'] ?? '', {
      method: 'POST',
      url: `${api.url}/oauth2/token`,
      now: Date.now(),
      nonces: ['nonce-1'],
      accessToken: SUBJECT,
    });
    expect(proof.jkt).toBe(old.thumbprint);
    expect(proof.claims).toMatchObject({ bind: dpop.thumbprint });
  });

  it('sends no proof where the client is bound otherwise', async () => {
    const token = await clientOf({ dpop: 'none' }).exchange({ grantId: GRANT_ID, subjectToken: SUBJECT });
    expect(token.tokenType).toBe('Bearer');
  });

  it('names the issuer in proofs and assertions, wherever the endpoints are called', async () => {
    const seen: string[] = [];
    const client = clientOf({
      issuer: 'https://writ.example.com',
      url: api.url,
      fetch: async (input, init) => {
        seen.push(new Headers(init?.headers).get('dpop') ?? '');
        return fetch(input, init);
      },
    });
    expect((await failureOf(client.exchange({ grantId: GRANT_ID, subjectToken: SUBJECT }))).code).toBe(
      'invalid_dpop_proof',
    );
    const { claims } = verifyDpopProof(seen[0] ?? '', {
      method: 'POST',
      url: 'https://writ.example.com/oauth2/token',
      now: Date.now(),
    });
    expect(claims).toMatchObject({ htu: 'https://writ.example.com/oauth2/token' });
  });
});

describe('client authentication', () => {
  it('signs an assertion for the issuer, and a new one for each attempt', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] });
    const client = clientOf({ clientId: 'billing', authentication: { privateKeyJwt: { key: privateKey, kid: 'k1' } } });
    await client.clientCredentials({ grantId: GRANT_ID });
    await client.clientCredentials({ grantId: GRANT_ID });
    const assertions = endpoint.forms.map((form) => form['client_assertion'] ?? '');
    const ids = new Set<unknown>();
    for (const assertion of assertions) {
      const { payload } = await jwtVerify(assertion, keys, {
        issuer: 'billing',
        subject: 'billing',
        audience: api.url,
      });
      expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60);
      ids.add(payload.jti);
    }
    expect(ids.size).toBe(2);
    expect(decodeProtectedHeader(assertions[0] ?? '')).toEqual({
      alg: 'ES256',
      kid: 'k1',
      typ: 'client-authentication+jwt',
    });
    expect(endpoint.forms[0]).toMatchObject({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
  });

  it('presents the token of a workload issuer, asked for each time', async () => {
    let asked = 0;
    const client = clientOf({ clientId: 'ci', authentication: { federated: () => `workload-${(asked += 1)}` } });
    await client.clientCredentials({ grantId: GRANT_ID });
    await client.clientCredentials({ grantId: GRANT_ID });
    // The first form of all was asked for a nonce.
    expect(endpoint.forms.map((form) => form['client_assertion'])).toEqual(['workload-2', 'workload-3']);
  });

  it('says what the caller’s own function said, and calls nobody', async () => {
    const own = new Error('no metadata service');
    const client = clientOf({ authentication: { federated: () => Promise.reject(own) } });
    await expect(client.clientCredentials({ grantId: GRANT_ID })).rejects.toBe(own);
    expect(endpoint.forms).toEqual([]);
  });

  it('authenticates a resource server by a new assertion for each attempt', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const server = connectResourceServer({
      issuer: api.url,
      clientId: 'billing',
      authentication: { privateKeyJwt: { key: privateKey, kid: 'k1' } },
    });
    let asked = 0;
    api.answers.consumeToken = () =>
      (asked += 1) === 1 ? problem('unavailable') : { status: 200, body: { result: 'spent', grantUsesLeft: 0 } };
    expect(await server.consume({ token: 'token', requestId: 'request-1' })).toEqual({
      result: 'spent',
      grantUsesLeft: 0,
    });
    const assertions = api.requests.map(({ token }) => token);
    expect(new Set(assertions).size).toBe(2);
    await expect(
      connectResourceServer({ issuer: api.url, clientId: 'x', authentication: 'none' }).consume({
        token: 'token',
        requestId: 'request-2',
      }),
    ).rejects.toThrow('a resource server proves who it is');
  });
});

describe('refresh, revoke, introspect', () => {
  it('refreshes, and never sends a refresh token twice', async () => {
    endpoint.refresh = true;
    const client = clientOf();
    const { refreshToken = '' } = await client.exchange({ grantId: GRANT_ID, subjectToken: SUBJECT });
    expect((await client.refresh(refreshToken, { scope: ['reports:read'] })).refreshToken).toBe('refresh-2');
    expect(endpoint.forms[1]).toEqual({
      grant_type: 'refresh_token',
      client_id: 'writ-cli',
      refresh_token: 'refresh-1',
      scope: 'reports:read',
    });
    endpoint.refusals.push({ status: 503, body: { error: 'temporarily_unavailable' } });
    expect((await failureOf(client.refresh('refresh-2'))).code).toBe('temporarily_unavailable');
    expect(endpoint.forms).toHaveLength(3);
    expect(pauses).toEqual([]);
  });

  it('revokes, whether the answer has a body or not', async () => {
    const seen: unknown[] = [];
    api.oauth.revokeToken = ({ fields }) => {
      seen.push(fields);
      return { status: 200, body: {} };
    };
    await clientOf().revoke('a-token');
    await clientOf({ fetch: async () => new Response('') }).revoke('a-token');
    expect(seen).toEqual([{ client_id: 'writ-cli', token: 'a-token' }]);
  });

  it('introspects, without a proof', async () => {
    api.oauth.introspectToken = ({ headers }) => ({
      status: 200,
      body: headers['dpop'] === undefined ? { active: true, sub: 'admin|alice' } : { active: false },
    });
    expect(await clientOf().introspect('a-token')).toEqual({ active: true, sub: 'admin|alice' });
  });
});

describe('failures', () => {
  it('are errors with OAuth’s code and the server’s words, and hold no token', async () => {
    endpoint.refusals.push({
      status: 400,
      body: { error: 'invalid_scope', error_description: 'reports:export is not within the grant' },
    });
    const error = await failureOf(clientOf().exchange({ grantId: GRANT_ID, subjectToken: SUBJECT }));
    expect(error).toMatchObject({
      code: 'invalid_scope',
      status: 400,
      message: 'invalid_scope: reports:export is not within the grant',
    });
    expect(JSON.stringify(error) + String(error.stack)).not.toContain(SUBJECT);
  });

  it('are tried again where patience may help', async () => {
    endpoint.refusals.push(
      { status: 429, body: { error: 'slow_down' }, headers: { 'retry-after': '3' } },
      { status: 503, body: { error: 'temporarily_unavailable' } },
    );
    await clientOf().exchange({ grantId: GRANT_ID, subjectToken: SUBJECT });
    expect(pauses).toEqual([3_000, 400]);
    endpoint.refusals.push(
      ...Array.from({ length: 3 }, () => ({
        status: 429,
        body: { error: 'slow_down' },
        headers: { 'retry-after': '7' },
      })),
    );
    const error = await failureOf(clientOf().exchange({ grantId: GRANT_ID, subjectToken: SUBJECT }));
    expect(error).toMatchObject({ code: 'slow_down', retryAfterMs: 7_000 });
  });

  it('tell no answer from an answer of something else', async () => {
    const silent = clientOf({ fetch: async () => Promise.reject(new TypeError('fetch failed')) });
    await expect(silent.revoke('t')).rejects.toBeInstanceOf(WritConnectionError);
    const proxy = clientOf({ fetch: async () => new Response('<html>token</html>', { status: 200 }) });
    const error: unknown = await proxy.introspect('t').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(WritProtocolError);
    expect(String(error)).not.toContain('html');
  });

  it('refuse an issuer that can’t be one', () => {
    expect(() => clientOf({ issuer: 'https://writ.example.com/' })).toThrow(TypeError);
  });
});
