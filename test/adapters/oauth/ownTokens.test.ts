import { describe, expect, it, vi } from 'vitest';
import { createOwnTokens } from '../../../adapters/oauth/ownTokens.ts';
import { TokenCache } from '../../../tokens/tokenCache.ts';
import { NOW_S, signHmac } from '../oidc/fixture.ts';
import { CLAIMS, ISSUER_URL, JKT, REQUIRED } from './claims.ts';
import { createMemorySigner } from './memorySigner.ts';

const signer = createMemorySigner();
const stranger = createMemorySigner();
const ownTokens = createOwnTokens({ issuerUrl: ISSUER_URL, jwks: signer.jwks });

const HEADER = { typ: 'at+jwt', alg: 'ES256', kid: signer.kid };
const read = (claims: object, header: object = HEADER) => ownTokens.read(signer.signText(header, claims));

describe('a token of Writ’s own', () => {
  it('is read, every claim of it', async () => {
    expect(await ownTokens.read(await signer.sign('at+jwt', CLAIMS))).toEqual(CLAIMS);
  });

  it('may be without what is not always there', async () => {
    const least = Object.fromEntries(REQUIRED.map((name) => [name, CLAIMS[name]]));
    expect(await read(least)).toEqual(least);
  });

  it('may be an impersonation, which names who acts and is bound', async () => {
    const claims = { ...CLAIMS, kind: 'impersonation', consent: 'apr_01J9ZK3N8Q4T6V8X0Z2B4D6F8H' };
    expect(await read(claims)).toEqual(claims);
    expect(await read({ ...claims, act: undefined })).toBeUndefined();
    expect(await read({ ...claims, cnf: undefined })).toBeUndefined();
  });

  it('may have expired, which is for others to see', async () => {
    expect(await read({ ...CLAIMS, iat: NOW_S - 1000, exp: NOW_S - 900 })).toBeDefined();
  });

  it('may be bound to a certificate', async () => {
    expect(await read({ ...CLAIMS, cnf: { 'x5t#S256': JKT } })).toBeDefined();
  });

  it('asks for the keys once', async () => {
    let asked = 0;
    const tokens = createOwnTokens({ issuerUrl: ISSUER_URL, jwks: () => (asked++, signer.jwks()) });
    for (let n = 0; n < 3; n++) await tokens.read(await signer.sign('at+jwt', CLAIMS));
    expect(asked).toBe(1);
  });

  it('is read again without another look at its signature, and no other text with it', async () => {
    const tokens = createOwnTokens({ issuerUrl: ISSUER_URL, jwks: signer.jwks });
    const kept = vi.spyOn(TokenCache.prototype, 'set');
    const token = await signer.sign('at+jwt', CLAIMS);
    for (let times = 0; times < 3; times++) expect(await tokens.read(token)).toEqual(CLAIMS);
    expect(kept).toHaveBeenCalledTimes(1);
    const [header = '', , signature = ''] = token.split('.');
    const wider = Buffer.from(JSON.stringify({ ...CLAIMS, scope: 'everything' })).toString('base64url');
    expect(await tokens.read(`${header}.${wider}.${signature}`)).toBeUndefined();
    expect(await tokens.read(stranger.signText({ ...HEADER }, CLAIMS))).toBeUndefined();
    expect(kept).toHaveBeenCalledTimes(1);
    kept.mockRestore();
  });

  it('is not called a stranger’s because the keys can’t be had', async () => {
    const tokens = createOwnTokens({ issuerUrl: ISSUER_URL, jwks: async () => Promise.reject(new Error('down')) });
    await expect(tokens.read(await signer.sign('at+jwt', CLAIMS))).rejects.toThrow('down');
  });
});

describe('no token of Writ’s own', () => {
  it.each(REQUIRED)('lacks %s', async (name) => {
    expect(await read({ ...CLAIMS, [name]: undefined })).toBeUndefined();
    expect(await read({ ...CLAIMS, [name]: null })).toBeUndefined();
  });

  const link = (depth: number): object => ({ sub: 'workload:client:a', ...(depth > 1 && { act: link(depth - 1) }) });
  const wrong: [string, object][] = [
    ['a claim that nobody knows', { admin: true }],
    ['a list of audiences', { aud: ['https://billing.example.com'] }],
    ['an expiry before its issue', { exp: NOW_S - 1 }],
    ['an expiry that is text', { exp: String(NOW_S + 300) }],
    ['an expiry beyond all times', { exp: 1e308 }],
    ['a fraction of a second', { exp: NOW_S + 0.5 }],
    ['a subject that is no principal', { sub: 'alice' }],
    ['a subject of no domain', { sub: 'root:idp:alice' }],
    ['an actor that is text', { act: 'workload:client:a' }],
    ['an actor without a subject', { act: {} }],
    ['an actor with more than its identity', { act: { sub: 'workload:client:a', scope: 'x' } }],
    ['six actors', { act: link(6) }],
    ['no confirmation in its confirmation', { cnf: {} }],
    ['two confirmations', { cnf: { jkt: JKT, 'x5t#S256': JKT } }],
    ['a thumbprint that is none', { cnf: { jkt: 'abc' } }],
    ['an acr of somebody else', { acr: 'gold' }],
    ['another kind', { kind: 'bearer' }],
    ['details that are no list', { authorization_details: { type: 'a' } }],
    ['a detail without a type', { authorization_details: [{ actions: ['read'] }] }],
    ['a detail with an unknown field', { authorization_details: [{ type: 'a', amount: 1 }] }],
    ['no uses', { max_uses: 0 }],
    ['a status without its list', { status: {} }],
    ['an empty chain of grants', { grant_chain: [] }],
  ];
  it.each(wrong)('has %s', async (_name, changes) => {
    expect(await read({ ...CLAIMS, ...changes })).toBeUndefined();
  });

  it('may have five actors', async () => {
    expect(await read({ ...CLAIMS, act: link(5) })).toBeDefined();
  });

  const headers: [string, object][] = [
    ['the type of another token', { typ: 'token-introspection+jwt' }],
    ['the type of any token', { typ: 'JWT' }],
    ['no type', { typ: undefined }],
    ['no key', { kid: undefined }],
    ['another key', { kid: stranger.kid }],
    ['no algorithm', { alg: 'none' }],
    ['another algorithm', { alg: 'RS256' }],
    ['a key of its own', { jwk: { kty: 'EC' } }],
    ['critical members', { crit: [] }],
  ];
  it.each(headers)('names %s', async (_name, changes) => {
    expect(await read(CLAIMS, { ...HEADER, ...changes })).toBeUndefined();
  });

  it.each([`${ISSUER_URL}/`, 'https://WRIT.example', 'http://writ.example'])('is of the issuer %s', async (iss) => {
    expect(await read({ ...CLAIMS, iss })).toBeUndefined();
  });

  it('is signed by another key, whatever its id', async () => {
    expect(await ownTokens.read(stranger.signText(HEADER, CLAIMS))).toBeUndefined();
  });

  it('is keyed with the public half', async () => {
    const pem = signer.publicKey.export({ format: 'pem', type: 'spki' });
    const token = signHmac(pem, JSON.stringify({ ...HEADER, alg: 'HS256' }), JSON.stringify(CLAIMS));
    expect(await ownTokens.read(token)).toBeUndefined();
  });

  it.each(['', 'x', 'a.b.c', 'wrt_rtf_a.b', 'x'.repeat(9_000)])('is %j', async (text) => {
    expect(await ownTokens.read(text)).toBeUndefined();
  });
});
