/**
 * Verifiers that others wrote take Writ's tokens for what they are: JWT access tokens (RFC 9068). What they don't look
 * at, such as the key that a token is bound to, is what `writ/verify` is for.
 */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { JwtVerifier } from 'aws-jwt-verify';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import express from 'express';
import { auth, requiredScopes } from 'express-oauth2-jwt-bearer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request, signedIn, startSystem } from '../e2e/harness.ts';
import type { ProofKey } from '../e2e/oauth.ts';
import { BILLING, exchanged, hashOf, proof, proofKey, REPORTS_OF_C42 } from '../e2e/oauth.ts';

let system: Awaited<ReturnType<typeof startSystem>>;
let token: string;
let key: ProofKey;

beforeAll(async () => {
  system = await startSystem();
  const grant = await request(await signedIn(system, 'alice'), REPORTS_OF_C42);
  const got = await exchanged(system, 'alice', grant, { scope: 'reports:read' });
  token = got.token.access_token;
  key = got.key;
}, 180_000);
afterAll(() => system.stop(), 60_000);

/** Another signature of the same length. */
const forged = (): string => {
  const [header, payload, signature = ''] = token.split('.');
  return [header, payload, Buffer.from(signature, 'base64url').reverse().toString('base64url')].join('.');
};

describe('express-oauth2-jwt-bearer, strict', () => {
  async function serve(audience: string): Promise<{ url: string; server: Server }> {
    const app = express();
    app.use(auth({ issuerBaseURL: system.api, audience, tokenSigningAlg: 'ES256', strict: true }));
    app.get('/reports', requiredScopes('reports:read'), (incoming, response) => {
      response.json({ sub: incoming.auth?.payload.sub });
    });
    app.get('/refunds', requiredScopes('refunds:create'), (_incoming, response) => {
      response.json({});
    });
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
  }

  async function get(audience: string, path: string, presented = token, provenBy: ProofKey | 'nobody' = key) {
    const { url, server } = await serve(audience);
    const ath = hashOf(presented);
    const headers =
      provenBy === 'nobody'
        ? { authorization: `Bearer ${presented}` }
        : { authorization: `DPoP ${presented}`, dpop: await proof(provenBy, url + path, { htm: 'GET', ath }) };
    try {
      const response = await fetch(url + path, { headers });
      return { status: response.status, text: await response.text() };
    } finally {
      server.close();
    }
  }

  it('finds the keys by the issuer alone, and lets in what the token is for', async () => {
    expect(await get(BILLING, '/reports')).toEqual({ status: 200, text: '{"sub":"admin:local-admin:alice"}' });
  });

  it('keeps out what it is not for', async () => {
    expect(await get(BILLING, '/refunds')).toMatchObject({ status: 403 });
    expect(await get('https://shop.example.com', '/reports')).toMatchObject({ status: 401 });
    expect(await get(BILLING, '/reports', forged())).toMatchObject({ status: 401 });
  });

  it('keeps out who has the token without its key', async () => {
    expect(await get(BILLING, '/reports', token, await proofKey())).toMatchObject({ status: 401 });
    expect(await get(BILLING, '/reports', token, 'nobody')).toMatchObject({ status: 401 });
  });
});

describe('aws-jwt-verify', () => {
  /** It fetches by HTTPS alone: here is no TLS, on loopback. */
  const cache = () =>
    new SimpleJwksCache({
      fetcher: { fetch: async (uri) => (await fetch(uri)).arrayBuffer() },
    });
  const verifier = (audience: string) =>
    JwtVerifier.create(
      { issuer: system.api, audience, jwksUri: `${system.api}/.well-known/jwks.json`, scope: 'reports:read' },
      { jwksCache: cache() },
    );

  it('verifies the signature, the issuer, the audience and the scope', async () => {
    expect(await verifier(BILLING).verify(token)).toMatchObject({ sub: 'admin:local-admin:alice', aud: BILLING });
  });

  it('refuses another audience, and another signature', async () => {
    await expect(verifier('https://shop.example.com').verify(token)).rejects.toThrow('Audience not allowed');
    await expect(verifier(BILLING).verify(forged())).rejects.toThrow('Invalid signature');
  });
});
