import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createVerifier } from '../../../sdk/verify/index.ts';
import { AUDIENCE, ISSUER, NOW, errorOf, makeBench, makeKey, makeToken, refusalOf } from './fixture.ts';
import type { Bench, Key } from './fixture.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const JWKS = `${ISSUER}/.well-known/jwks.json`;
const key = makeKey();
const nextKey = makeKey();

/** A verifier whose keys are fetched; by default, from below the issuer. */
function start(answer: () => Response | Promise<Response> = () => Response.json({ keys: [key.jwk] })): Bench {
  const bench = makeBench(key, { keys: { jwksUri: JWKS } });
  bench.server.answers.set(JWKS, answer);
  return bench;
}
const publish = (bench: Bench, keys: readonly unknown[]) =>
  bench.server.answers.set(JWKS, () => Response.json({ keys }));
const down = () => Promise.reject(new TypeError('fetch failed'));

/** Verifies a token that is good at the bench's time. */
function verdict({ verifier, now }: Bench, signer: Key, jti = 'tok_1'): Promise<string> {
  const iat = Math.floor(now / 1000);
  return refusalOf(verifier, makeToken(signer, { iat, exp: iat + 300, auth_time: iat, jti }));
}

it('are found below the issuer', async () => {
  const { server } = start();
  const verifier = createVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    revocation: 'unchecked',
    clock: () => NOW,
    fetch: server.fetch,
  });
  expect(await refusalOf(verifier, makeToken(key))).toBe('accepted');
  expect(server.calls).toEqual([JWKS]);
});

describe('keys', () => {
  it('are fetched once for many verifications at once, and then kept', async () => {
    const bench = start();
    const verdicts = await Promise.all(Array.from({ length: 50 }, (_, i) => verdict(bench, key, `tok_${i}`)));
    expect(new Set(verdicts)).toEqual(new Set(['accepted']));
    bench.now += 4 * MINUTE;
    expect(await verdict(bench, key)).toBe('accepted');
    expect(bench.server.calls).toHaveLength(1);
  });

  it('that are withdrawn are dead within five minutes, for tokens seen before too', async () => {
    const bench = start();
    const seen = makeToken(key, { exp: Math.floor(bench.now / 1000) + 3_600 });
    expect(await refusalOf(bench.verifier, seen)).toBe('accepted');
    publish(bench, [nextKey.jwk]);
    bench.now += 5 * MINUTE;
    expect(await refusalOf(bench.verifier, seen)).toBe('signature_invalid');
  });

  it('that are new are fetched when first seen, after a cool-down', async () => {
    const bench = start();
    expect(await verdict(bench, key)).toBe('accepted');
    publish(bench, [key.jwk, nextKey.jwk]);
    bench.now += 29_999;
    expect(await verdict(bench, nextKey)).toBe('signature_invalid');
    expect(bench.server.calls).toHaveLength(1);
    bench.now += 1;
    expect(await verdict(bench, nextKey)).toBe('accepted');
    expect(await verdict(bench, key)).toBe('accepted');
    expect(bench.server.calls).toHaveLength(2);
  });

  it('of unknown ids cause one fetch in 30 seconds, however many are sent', async () => {
    const bench = start();
    expect(await verdict(bench, key)).toBe('accepted');
    bench.now += 30_000;
    for (let i = 0; i < 20; i++) expect(await verdict(bench, { ...nextKey, kid: `k${i}` })).toBe('signature_invalid');
    expect(bench.server.calls).toHaveLength(2);
  });
});

describe('an outage', () => {
  it('at the first fetch refuses, and is tried again after five seconds', async () => {
    const bench = start(down);
    const error = await errorOf(bench.verifier, makeToken(key));
    expect(error).toMatchObject({ code: 'keys_unavailable', status: 503, error: 'temporarily_unavailable' });
    publish(bench, [key.jwk]);
    bench.now += 4_999;
    expect(await verdict(bench, key)).toBe('keys_unavailable');
    bench.now += 1;
    expect(await verdict(bench, key)).toBe('accepted');
  });

  it('is bridged with the last good keys for a day', async () => {
    const bench = start();
    expect(await verdict(bench, key)).toBe('accepted');
    bench.server.answers.set(JWKS, down);
    bench.now += 24 * HOUR - 1;
    expect(await verdict(bench, key)).toBe('accepted');
    bench.now += 1;
    expect(await verdict(bench, key)).toBe('keys_unavailable');
  });

  it('leaves open whether a new key is good', async () => {
    const bench = start();
    expect(await verdict(bench, key)).toBe('accepted');
    bench.server.answers.set(JWKS, down);
    bench.now += 30_000;
    expect(await verdict(bench, nextKey)).toBe('keys_unavailable');
    expect(await verdict(bench, nextKey)).toBe('keys_unavailable');
    expect(bench.server.calls).toHaveLength(2);
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
    expect(await verdict(start(answer), key)).toBe('keys_unavailable');
  });
});

describe('one bad key', () => {
  const ed = makeKey('EdDSA');
  const bad: [string, unknown][] = [
    ['for encryption', { ...key.jwk, use: 'enc' }],
    ['for other operations', { ...key.jwk, key_ops: ['sign'] }],
    ['for another algorithm', { ...key.jwk, alg: 'ES384' }],
    ['on another curve', { ...key.jwk, crv: 'P-384' }],
    ['not on its curve', { ...key.jwk, x: nextKey.jwk['x'] }],
    ['with its private part', { ...key.jwk, d: key.privateKey.export({ format: 'jwk' })['d'] }],
    ['of another type', { ...ed.jwk, kid: key.kid }],
    ['without an id', { ...key.jwk, kid: undefined }],
    ['that is a secret', { kty: 'oct', kid: key.kid, k: 'c2VjcmV0' }],
    ['that is no object', 'key'],
    ['that is null', null],
  ];
  it.each(bad)('%s is skipped, and the others still count', async (_name, jwk) => {
    const bench = start(() => Response.json({ keys: [jwk, nextKey.jwk] }));
    expect(await verdict(bench, key)).toBe('signature_invalid');
    expect(await verdict(bench, nextKey)).toBe('accepted');
  });

  it('twice under one id is nobody’s, and a third one does not help', async () => {
    const twin = { ...nextKey.jwk, kid: key.kid };
    for (const keys of [
      [key.jwk, twin],
      [twin, key.jwk],
      [twin, twin, key.jwk],
    ]) {
      expect(
        await verdict(
          start(() => Response.json({ keys })),
          key,
        ),
      ).toBe('signature_invalid');
    }
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
  const verdictAt = (url: string, timeoutMs: number) => {
    const bench = makeBench(key, { keys: { jwksUri: `${url}/jwks` }, fetch, timeoutMs });
    return refusalOf(bench.verifier, makeToken(key));
  };

  it('keys are fetched', async () => {
    const url = await serve((_request, response) => response.end(JSON.stringify({ keys: [key.jwk] })));
    expect(await verdictAt(url, 30_000)).toBe('accepted');
  });

  it('a redirect is not followed', async () => {
    const good = await serve((_request, response) => response.end(JSON.stringify({ keys: [key.jwk] })));
    const url = await serve((_request, response) => response.writeHead(302, { location: `${good}/jwks` }).end());
    expect(await verdictAt(url, 30_000)).toBe('keys_unavailable');
  });

  it('a server that never answers, or never ends, is given up', async () => {
    expect(await verdictAt(await serve(() => undefined), 200)).toBe('keys_unavailable');
    const endless = await serve((_request, response) => response.write(JSON.stringify({ keys: [key.jwk] })));
    expect(await verdictAt(endless, 200)).toBe('keys_unavailable');
  });
});
