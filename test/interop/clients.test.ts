/** Clients that others wrote get, renew, look up and give up tokens, as their own users would. */
import * as dpop from 'dpop';
import { importJWK } from 'jose';
import type { CryptoKey } from 'jose';
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GrantView } from '../../contract/schemas.ts';
import { sampleClientKey } from '../../local/samples/clientKeys.ts';
import type { Caller } from '../e2e/harness.ts';
import { expectStatus, request, signedIn, startSystem, tokensOf } from '../e2e/harness.ts';
import type { TokenBody } from '../e2e/oauth.ts';
import {
  ACCESS_TOKEN,
  BILLING,
  claimsOf,
  EXCHANGE,
  exchangeBy,
  introspect,
  lendOn,
  postForm,
  REPORTS_OF_C42,
  tokenEndpoint,
} from '../e2e/oauth.ts';

let system: Awaited<ReturnType<typeof startSystem>>;
let alice: Caller;
let grant: GrantView;

beforeAll(async () => {
  system = await startSystem();
  alice = await signedIn(system, 'alice');
  grant = await request(alice, REPORTS_OF_C42);
}, 180_000);
afterAll(() => system.stop(), 60_000);

const signIn = async (): Promise<string> => (await tokensOf(system, 'alice')).access_token;

/** The private key of a sample client, as its library wants it. */
async function keyOf(clientId: string): Promise<{ key: CryptoKey; kid: string }> {
  const jwk = sampleClientKey(clientId);
  return { key: (await importJWK({ ...jwk }, 'ES256')) as CryptoKey, kid: jwk.kid };
}

/** A grant of alice’s, lent on to the agent. */
const lentToAgent = async (): Promise<GrantView> => expectStatus(await lendOn(alice, grant), 201);

describe('openid-client', () => {
  const discover = (id: string, authentication: client.ClientAuth): Promise<client.Configuration> =>
    client.discovery(new URL(system.api), id, {}, authentication, {
      algorithm: 'oauth2',
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated to stand out: here is no TLS, on loopback
      execute: [client.allowInsecureRequests],
    });

  it('discovers the server, exchanges under DPoP, refreshes, and gives up', async () => {
    const config = await discover('writ-cli', client.None());
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'));
    const first = await client.genericGrantRequest(
      config,
      EXCHANGE,
      { grant_id: grant.id, subject_token: await signIn(), subject_token_type: ACCESS_TOKEN, audience: BILLING },
      { DPoP },
    );
    expect(first).toMatchObject({ token_type: 'dpop', issued_token_type: ACCESS_TOKEN });
    expect(claimsOf(first.access_token).cnf).toEqual({ jkt: await DPoP.calculateThumbprint() });

    const second = await client.refreshTokenGrant(config, first.refresh_token ?? '', undefined, { DPoP });
    expect(second.refresh_token).not.toBe(first.refresh_token);

    await client.tokenRevocation(config, second.access_token);
    expect(await introspect(system, 'billing', second.access_token)).toEqual({ active: false });
    await client.tokenRevocation(config, second.refresh_token ?? '', { token_type_hint: 'refresh_token' });
    await expect(
      client.refreshTokenGrant(config, second.refresh_token ?? '', undefined, { DPoP }),
    ).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('looks a token up for its server, which proves who it is by its key', async () => {
    const config = await discover('writ-cli', client.None());
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'));
    const { access_token: token } = await client.genericGrantRequest(
      config,
      EXCHANGE,
      { grant_id: grant.id, subject_token: await signIn(), subject_token_type: ACCESS_TOKEN },
      { DPoP },
    );
    const billing = await discover('billing', client.PrivateKeyJwt(await keyOf('billing')));
    expect(await client.tokenIntrospection(billing, token)).toMatchObject({
      active: true,
      sub: 'admin:local-admin:alice',
      aud: BILLING,
    });
    const shop = await discover('shop-service', client.PrivateKeyJwt(await keyOf('shop-service')));
    expect(await client.tokenIntrospection(shop, token)).toEqual({ active: false });
  });

  it('gets a token for an agent by client credentials', async () => {
    const config = await discover('report-agent', client.PrivateKeyJwt(await keyOf('report-agent')));
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'));
    const token = await client.clientCredentialsGrant(config, { grant_id: (await lentToAgent()).id }, { DPoP });
    expect(claimsOf(token.access_token)).toMatchObject({
      sub: 'admin:local-admin:alice',
      act: { sub: 'workload:client:report-agent' },
    });
  });
});

describe('oauth4webapi', () => {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated to stand out: here is no TLS, on loopback
  const HTTP = { [oauth.allowInsecureRequests]: true } as const;

  async function discovered(): Promise<oauth.AuthorizationServer> {
    const issuer = new URL(system.api);
    const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...HTTP });
    return oauth.processDiscoveryResponse(issuer, response);
  }

  /** As its examples have it: a nonce that the server asks for is the library’s to remember, the second try the caller’s. */
  async function withNonce<T>(attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      if (!oauth.isDPoPNonceError(error)) throw error;
      return attempt();
    }
  }

  async function exchanged(as: oauth.AuthorizationServer) {
    const cli: oauth.Client = { client_id: 'writ-cli' };
    const keys = await oauth.generateKeyPair('ES256');
    const DPoP = oauth.DPoP(cli, keys);
    const fields = { grant_id: grant.id, subject_token: await signIn(), subject_token_type: ACCESS_TOKEN };
    const token = await withNonce(async () => {
      const answer = await oauth.genericTokenEndpointRequest(as, cli, oauth.None(), EXCHANGE, fields, {
        DPoP,
        ...HTTP,
      });
      return oauth.processGenericTokenEndpointResponse(as, cli, answer);
    });
    return { token: token.access_token, keys };
  }

  it('exchanges, and takes what it got for a JWT access token of this issuer, bound to its key', async () => {
    const as = await discovered();
    const { token, keys } = await exchanged(as);
    const url = `${BILLING}/reports/C-42`;
    const proof = await dpop.generateProof(keys, url, 'GET', undefined, token);
    const presented = new Request(url, { headers: { authorization: `DPoP ${token}`, dpop: proof } });
    const claims = await oauth.validateJwtAccessToken(as, presented, BILLING, HTTP);
    expect(claims).toMatchObject({ sub: 'admin:local-admin:alice', client_id: 'writ-cli' });

    const other = await dpop.generateProof(await dpop.generateKeyPair('ES256'), url, 'GET', undefined, token);
    const stolen = new Request(url, { headers: { authorization: `DPoP ${token}`, dpop: other } });
    await expect(oauth.validateJwtAccessToken(as, stolen, BILLING, HTTP)).rejects.toThrow('JWT Access Token');
  });

  it('reads a signed introspection', async () => {
    const as = await discovered();
    const { token } = await exchanged(as);
    const server: oauth.Client = { client_id: 'billing', introspection_signed_response_alg: 'ES256' };
    const authentication = oauth.PrivateKeyJwt(await keyOf('billing'));
    const answer = await oauth.introspectionRequest(as, server, authentication, token, {
      requestJwtResponse: true,
      ...HTTP,
    });
    expect(answer.headers.get('content-type')).toBe('application/token-introspection+jwt');
    expect(await oauth.processIntrospectionResponse(as, server, answer)).toMatchObject({
      active: true,
      client_id: 'writ-cli',
    });
    await oauth.validateApplicationLevelSignature(as, answer, HTTP);
  });

  it('hears why it is refused', async () => {
    const as = await discovered();
    const stranger: oauth.Client = { client_id: 'billing' };
    const wrong = oauth.PrivateKeyJwt(await keyOf('shop-service'));
    const answer = await oauth.introspectionRequest(as, stranger, wrong, 'x', HTTP);
    await expect(oauth.processIntrospectionResponse(as, stranger, answer)).rejects.toMatchObject({
      code: oauth.WWW_AUTHENTICATE_CHALLENGE,
      status: 401,
    });
  });
});

describe('dpop', () => {
  it('makes proofs that the token endpoint takes, with the nonce that it asks for', async () => {
    const keys = await dpop.generateKeyPair('ES256');
    const url = tokenEndpoint(system);
    const fields = exchangeBy(grant, await signIn());
    const asked = await postForm<TokenBody>(url, fields, { dpop: await dpop.generateProof(keys, url, 'POST') });
    expect([asked.status, asked.body.error]).toEqual([400, 'use_dpop_nonce']);
    const nonce = asked.headers.get('dpop-nonce') ?? '';
    const proof = await dpop.generateProof(keys, url, 'POST', nonce);
    const answer = await postForm<TokenBody>(url, fields, { dpop: proof });
    expect(answer.status, answer.text).toBe(200);
    expect(claimsOf(answer.body.access_token).cnf).toEqual({ jkt: await dpop.calculateThumbprint(keys.publicKey) });
  });

  it.each(['ES256', 'Ed25519', 'RS256', 'PS256'] as const)('signs them with %s', async (alg) => {
    const keys = await dpop.generateKeyPair(alg);
    const url = tokenEndpoint(system);
    const asked = await postForm<TokenBody>(url, exchangeBy(grant, await signIn()), {
      dpop: await dpop.generateProof(keys, url, 'POST'),
    });
    const proof = await dpop.generateProof(keys, url, 'POST', asked.headers.get('dpop-nonce') ?? '');
    const answer = await postForm<TokenBody>(url, exchangeBy(grant, await signIn()), { dpop: proof });
    expect(answer.status, answer.text).toBe(200);
  });
});
