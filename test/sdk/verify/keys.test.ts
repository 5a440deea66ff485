import { describe, expect, it } from 'vitest';
import { createVerifier } from '../../../sdk/verify/index.ts';
import { AUDIENCE, ISSUER, NOW, errorOf, makeBench, makeKey, makeToken, refusalOf } from './fixture.ts';
import type { Bench, Key } from './fixture.ts';

const MINUTE = 60_000;
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
  it('that are withdrawn are dead within five minutes, for tokens seen before too', async () => {
    const bench = start();
    const seen = makeToken(key, { exp: Math.floor(bench.now / 1000) + 3_600 });
    expect(await refusalOf(bench.verifier, seen)).toBe('accepted');
    publish(bench, [nextKey.jwk]);
    bench.now += 5 * MINUTE;
    expect(await refusalOf(bench.verifier, seen)).toBe('signature_invalid');
  });

  it('that are new are fetched when first seen', async () => {
    const bench = start();
    expect(await verdict(bench, key)).toBe('accepted');
    publish(bench, [key.jwk, nextKey.jwk]);
    bench.now += MINUTE;
    expect(await verdict(bench, nextKey)).toBe('accepted');
    expect(await verdict(bench, key)).toBe('accepted');
    expect(bench.server.calls).toHaveLength(2);
  });

  it('that can’t be had are no refusal of the token: it may be sent again', async () => {
    const error = await errorOf(start(down).verifier, makeToken(key));
    expect(error).toMatchObject({ code: 'keys_unavailable', status: 503, error: 'temporarily_unavailable' });
  });

  it('that are new in an outage are not known to be bad', async () => {
    const bench = start();
    expect(await verdict(bench, key)).toBe('accepted');
    bench.server.answers.set(JWKS, down);
    bench.now += MINUTE;
    expect(await verdict(bench, nextKey)).toBe('keys_unavailable');
    expect(await verdict(bench, key)).toBe('accepted');
  });

  it('of a server that never answers are given up in time', async () => {
    const silent: typeof fetch = (_input, init) =>
      new Promise((_resolve, reject) =>
        init?.signal?.addEventListener('abort', () => {
          reject(new DOMException('late', 'TimeoutError'));
        }),
      );
    const { verifier } = makeBench(key, { keys: { jwksUri: JWKS }, fetch: silent, timeoutMs: 20 });
    expect(await refusalOf(verifier, makeToken(key))).toBe('keys_unavailable');
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
