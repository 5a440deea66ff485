import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ADMIN, NOW, makeBench, makeKey, makeToken, refusalOf, signText, headerOf, claimsOf } from './fixture.ts';
import type { Bench, SigningKey } from './fixture.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const key = makeKey('key-1');
const nextKey = makeKey('key-2');

/** Verifies a token that is valid at the bench's time. */
function verdict(bench: Bench, signer: SigningKey): Promise<string> {
  const seconds = Math.floor(bench.now / 1000);
  const claims = { iat: seconds, exp: seconds + 60, auth_time: seconds };
  return refusalOf(bench.verifier, makeToken(signer, { claims }));
}

const down = () => Promise.reject(new TypeError('fetch failed'));

describe('keys', () => {
  it('are fetched once for many verifications at once, and then kept', async () => {
    const bench = makeBench(key);
    const token = makeToken(key);
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => refusalOf(bench.verifier, token)));
    expect(new Set(verdicts)).toEqual(new Set(['accepted']));
    bench.now += 4 * MINUTE;
    expect(await verdict(bench, key)).toBe('accepted');
    expect(bench.server.fetches).toBe(1);
  });

  it('that the issuer withdraws are dead within five minutes', async () => {
    const bench = makeBench(key);
    expect(await verdict(bench, key)).toBe('accepted');
    bench.server.sets.set(ADMIN.jwksUri, []);
    bench.now += 5 * MINUTE;
    expect(await verdict(bench, key)).toBe('signature_invalid');
  });

  it('that are new are fetched when first seen, after a cool-down', async () => {
    const bench = makeBench(key);
    expect(await verdict(bench, key)).toBe('accepted');
    bench.server.sets.set(ADMIN.jwksUri, [key.jwk, nextKey.jwk]);
    bench.now += 29_999;
    expect(await verdict(bench, nextKey)).toBe('signature_invalid');
    expect(bench.server.fetches).toBe(1);
    bench.now += 1;
    expect(await verdict(bench, nextKey)).toBe('accepted');
    expect(await verdict(bench, key)).toBe('accepted');
    expect(bench.server.fetches).toBe(2);
  });

  it('of unknown ids cause one fetch in 30 seconds, however many are sent', async () => {
    const bench = makeBench(key);
    expect(await verdict(bench, key)).toBe('accepted');
    bench.now += 30_000;
    for (let i = 0; i < 20; i++) expect(await verdict(bench, { ...nextKey, kid: `k${i}` })).toBe('signature_invalid');
    expect(bench.server.fetches).toBe(2);
  });
});

describe('an outage of the issuer', () => {
  it('at the first fetch refuses, and is tried again after five seconds', async () => {
    const bench = makeBench(key);
    bench.server.answer = down;
    expect(await verdict(bench, key)).toBe('keys_unavailable');
    bench.now += 4_999;
    bench.server.answer = undefined;
    expect(await verdict(bench, key)).toBe('keys_unavailable');
    expect(bench.server.fetches).toBe(1);
    bench.now += 1;
    expect(await verdict(bench, key)).toBe('accepted');
    expect(bench.failures).toMatchObject([{ issuerId: 'admins', reason: { message: 'fetch failed' } }]);
  });

  it('leaves the last good keys in use for 24 hours, and no longer', async () => {
    const bench = makeBench(key);
    expect(await verdict(bench, key)).toBe('accepted');
    bench.server.answer = down;
    bench.now = NOW + 24 * HOUR - 1;
    expect(await verdict(bench, key)).toBe('accepted');
    bench.now += 1;
    expect(await verdict(bench, key)).toBe('keys_unavailable');
    bench.server.answer = undefined;
    bench.now += 5_000;
    expect(await verdict(bench, key)).toBe('accepted');
  });

  it('leaves open whether a new key is good', async () => {
    const bench = makeBench(key);
    expect(await verdict(bench, key)).toBe('accepted');
    bench.server.answer = down;
    bench.now += 30_000;
    expect(await verdict(bench, nextKey)).toBe('keys_unavailable');
    expect(await verdict(bench, nextKey)).toBe('keys_unavailable');
    expect(bench.server.fetches).toBe(2);
  });

  it('of one issuer does not touch another', async () => {
    const bench = makeBench(key);
    bench.server.answer = (url) =>
      url === ADMIN.jwksUri ? Promise.resolve(Response.json({ keys: [key.jwk] })) : down();
    expect(await verdict(bench, key)).toBe('accepted');
    const claims = { iss: 'https://idp.example.com/support' };
    expect(await refusalOf(bench.verifier, makeToken(key, { claims }))).toBe('keys_unavailable');
  });
});

describe('an answer that is no key set', () => {
  const answers: [string, () => Response][] = [
    ['a server error', () => Response.json({ keys: [key.jwk] }, { status: 500 })],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'https://evil.example.com' } })],
    ['nothing', () => new Response(null)],
    ['a web page', () => new Response('<html>')],
    ['a bare list', () => Response.json([key.jwk])],
    ['keys that are no list', () => Response.json({ keys: { 0: key.jwk } })],
    ['duplicate members', () => new Response(`{"keys":[],"keys":[${JSON.stringify(key.jwk)}]}`)],
    ['more than 100 keys', () => Response.json({ keys: [key.jwk, ...Array<object>(100).fill({ kty: 'EC' })] })],
    ['more than 256 kB', () => Response.json({ keys: [key.jwk], filler: 'x'.repeat(256 * 1024) })],
  ];
  it.each(answers)('(%s) counts as an outage', async (_name, answer) => {
    const bench = makeBench(key);
    bench.server.answer = () => Promise.resolve(answer());
    expect(await verdict(bench, key)).toBe('keys_unavailable');
  });
});

describe('one bad key', () => {
  const ed = makeKey('key-1', 'EdDSA');
  const rsa = makeKey('key-1', 'RS256');
  const weak = makeKey('key-1', 'RS256', 1024);
  const p384 = { ...key.jwk, crv: 'P-384' };
  const bad: [string, unknown, SigningKey][] = [
    ['for encryption', { ...key.jwk, use: 'enc' }, key],
    ['for other operations', { ...key.jwk, key_ops: ['sign'] }, key],
    ['for another algorithm', { ...key.jwk, alg: 'ES384' }, key],
    ['on another curve', p384, key],
    ['not on its curve', { ...key.jwk, x: nextKey.jwk['x'] }, key],
    ['with its private part', { ...key.jwk, d: key.privateKey.export({ format: 'jwk' })['d'] }, key],
    ['with its private part, on Ed25519', { ...ed.jwk, d: ed.privateKey.export({ format: 'jwk' })['d'] }, ed],
    ['with a prime of its private part', { ...rsa.jwk, p: rsa.privateKey.export({ format: 'jwk' })['p'] }, rsa],
    ['with 1024 bits', weak.jwk, weak],
    ['without an id', { ...key.jwk, kid: undefined }, key],
    ['that is a secret', { kty: 'oct', kid: 'key-1', k: 'c2VjcmV0' }, key],
    ['that is no object', 'key-1', key],
    ['that is null', null, key],
  ];
  it.each(bad)('%s is skipped, and the others still count', async (_name, jwk, signer) => {
    const bench = makeBench(key);
    bench.server.sets.set(ADMIN.jwksUri, [jwk, nextKey.jwk]);
    expect(await verdict(bench, signer)).toBe('signature_invalid');
    expect(await verdict(bench, nextKey)).toBe('accepted');
  });

  it('twice under one id is ambiguous', async () => {
    const bench = makeBench(key);
    bench.server.sets.set(ADMIN.jwksUri, [key.jwk, { ...nextKey.jwk, kid: 'key-1' }]);
    expect(await verdict(bench, key)).toBe('signature_invalid');
  });
});

describe('over real HTTP', () => {
  const closers: (() => void)[] = [];
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });

  async function serve(handler: RequestListener): Promise<string> {
    const server = createServer(handler).listen(0, '127.0.0.1');
    closers.push(() => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise((resolve) => server.once('listening', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const verdictAt = (url: string) => {
    const issuer = { ...ADMIN, issuer: url, jwksUri: `${url}/jwks` };
    const bench = makeBench(key, [issuer], { fetch, timeoutMs: 200 });
    const token = signText(key, JSON.stringify(headerOf(key)), JSON.stringify(claimsOf({ iss: url })));
    return refusalOf(bench.verifier, token);
  };

  it('keys are fetched', async () => {
    const url = await serve((_request, response) => response.end(JSON.stringify({ keys: [key.jwk] })));
    expect(await verdictAt(url)).toBe('accepted');
  });

  it('a redirect is not followed', async () => {
    const good = await serve((_request, response) => response.end(JSON.stringify({ keys: [key.jwk] })));
    const url = await serve((_request, response) => response.writeHead(302, { location: `${good}/jwks` }).end());
    expect(await verdictAt(url)).toBe('keys_unavailable');
  });

  it('a server that never answers, or never ends, is given up', async () => {
    expect(await verdictAt(await serve(() => undefined))).toBe('keys_unavailable');
    const endless = await serve((_request, response) => response.write(JSON.stringify({ keys: [key.jwk] })));
    expect(await verdictAt(endless)).toBe('keys_unavailable');
  });
});
