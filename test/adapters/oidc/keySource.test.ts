import { describe, expect, it } from 'vitest';
import { ADMIN, makeBench, makeKey, makeToken, refusalOf } from './fixture.ts';
import type { Bench, SigningKey } from './fixture.ts';

const MINUTE = 60_000;
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
  it('that the issuer withdraws are dead within five minutes', async () => {
    const bench = makeBench(key);
    expect(await verdict(bench, key)).toBe('accepted');
    bench.server.sets.set(ADMIN.jwksUri, []);
    bench.now += 5 * MINUTE;
    expect(await verdict(bench, key)).toBe('signature_invalid');
  });

  it('that are new are fetched when first seen', async () => {
    const bench = makeBench(key);
    expect(await verdict(bench, key)).toBe('accepted');
    bench.server.sets.set(ADMIN.jwksUri, [key.jwk, nextKey.jwk]);
    bench.now += MINUTE;
    expect(await verdict(bench, nextKey)).toBe('accepted');
    expect(await verdict(bench, key)).toBe('accepted');
    expect(bench.server.fetches).toBe(2);
  });
});

describe('an outage of the issuer', () => {
  it('is told, and is no refusal of the token', async () => {
    const bench = makeBench(key);
    bench.server.answer = down;
    expect(await verdict(bench, key)).toBe('keys_unavailable');
    expect(bench.failures).toMatchObject([{ issuerId: 'admins', reason: { message: 'fetch failed' } }]);
  });

  it('leaves open whether a new key is good', async () => {
    const bench = makeBench(key);
    expect(await verdict(bench, key)).toBe('accepted');
    bench.server.answer = down;
    bench.now += MINUTE;
    expect(await verdict(bench, nextKey)).toBe('keys_unavailable');
    expect(await verdict(bench, key)).toBe('accepted');
  });

  it('of one issuer does not touch another', async () => {
    const bench = makeBench(key);
    bench.server.answer = (url) =>
      url === ADMIN.jwksUri ? Promise.resolve(Response.json({ keys: [key.jwk] })) : down();
    expect(await verdict(bench, key)).toBe('accepted');
    const claims = { iss: 'https://idp.example.com/support' };
    expect(await refusalOf(bench.verifier, makeToken(key, { claims }))).toBe('keys_unavailable');
  });

  it('that is silence is given up in time', async () => {
    const silent: typeof fetch = (_input, init) =>
      new Promise((_resolve, reject) =>
        init?.signal?.addEventListener('abort', () => {
          reject(new DOMException('late', 'TimeoutError'));
        }),
      );
    const { verifier } = makeBench(key, [ADMIN], { fetch: silent, timeoutMs: 20 });
    expect(await refusalOf(verifier, makeToken(key))).toBe('keys_unavailable');
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
