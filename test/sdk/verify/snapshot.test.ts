import { deflateSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  NOW,
  NOW_S,
  SNAPSHOT,
  encode,
  errorOf,
  makeBench,
  makeKey,
  makeSnapshot,
  makeToken,
  refusalOf,
} from './fixture.ts';
import type { Bench, SnapshotChanges } from './fixture.ts';

const key = makeKey();
const signer = makeKey();
const token = makeToken(key);
const JWKS = 'https://writ.example.com/.well-known/snapshot-jwks.json';

let bench: Bench;
/** What the next snapshot says; undefined for an outage. */
let next: SnapshotChanges | undefined;

function start(snapshot: { readonly maxAgeSeconds?: number } = {}) {
  bench = makeBench(key, { revocation: { snapshot: { keys: { keys: [signer.jwk] }, ...snapshot } } });
  bench.server.answers.set(SNAPSHOT, () => {
    if (!next) throw new TypeError('fetch failed');
    return new Response(makeSnapshot(signer, bench.now, next));
  });
}

beforeEach(() => {
  next = { num: 7 };
  start();
});

const verdict = (text = token) => refusalOf(bench.verifier, text);
/** A token that is good at the bench's time. */
const fresh = (idx = 42) => {
  const iat = Math.floor(bench.now / 1000);
  return makeToken(key, { iat, exp: iat + 300, status: { status_list: { idx, uri: SNAPSHOT } } });
};

describe('a token', () => {
  it('that is not in the list is known to be active', async () => {
    expect((await bench.verifier.verify(token)).revocation).toBe('active');
  });

  it('that is in the list is refused', async () => {
    next = { ended: [42] };
    expect(await errorOf(bench.verifier, token)).toMatchObject({
      code: 'token_revoked',
      status: 401,
      error: 'invalid_token',
    });
  });

  it('beside one in the list is not', async () => {
    next = { ended: [41, 43, 34, 50] };
    expect(await verdict()).toBe('accepted');
  });

  it('that was seen before is refused once the next list has it, within 5 s', async () => {
    expect(await verdict()).toBe('accepted');
    next = { num: 8, ended: [42] };
    bench.now += 5_000;
    expect(await verdict()).toBe('token_revoked');
    expect(await verdict()).toBe('token_revoked');
  });

  it('whose entry the list does not have is not taken', async () => {
    expect(await errorOf(bench.verifier, fresh(1024))).toMatchObject({ code: 'revocation_unknown', status: 503 });
  });

  it('of another list is not taken', async () => {
    const status = { status_list: { idx: 42, uri: 'https://evil.example.com/list' } };
    expect(await verdict(makeToken(key, { status }))).toBe('revocation_unknown');
  });
});

describe('the list', () => {
  it('is fetched once for many at once, and again after its ttl', async () => {
    await Promise.all(Array.from({ length: 20 }, () => verdict()));
    expect(bench.server.count(SNAPSHOT)).toBe(1);
    bench.now += 2_000;
    expect(await verdict()).toBe('accepted');
    expect(bench.server.count(SNAPSHOT)).toBe(1);
    bench.now += 3_000;
    expect(await verdict()).toBe('accepted');
    expect(bench.server.count(SNAPSHOT)).toBe(2);
  });

  it('is fetched ahead of time where there is traffic, and nobody waits for it', async () => {
    expect(await verdict()).toBe('accepted');
    bench.server.answers.set(SNAPSHOT, () => new Promise<Response>(() => undefined));
    bench.now += 2_500;
    expect(await verdict()).toBe('accepted');
    expect(bench.server.count(SNAPSHOT)).toBe(2);
  });

  it('is looked at again within a minute, whatever it says', async () => {
    next = { claims: { ttl: 3_000 } };
    expect(await verdict()).toBe('accepted');
    next = { num: 2, ended: [42] };
    bench.now += 60_000;
    expect(await verdict()).toBe('token_revoked');
  });

  it('is used until it expires when no newer one can be had, and then nothing is taken', async () => {
    expect(await verdict()).toBe('accepted');
    next = undefined;
    bench.now += 149_999;
    expect(await verdict(fresh())).toBe('accepted');
    bench.now += 1;
    expect(await verdict(fresh())).toBe('revocation_unknown');
    next = { num: 8 };
    bench.now += 1_000;
    expect(await verdict(fresh())).toBe('accepted');
  });

  it('can be refused at an age of the server’s choice', async () => {
    start({ maxAgeSeconds: 30 });
    expect(await verdict()).toBe('accepted');
    next = undefined;
    bench.now += 29_999;
    expect(await verdict()).toBe('accepted');
    bench.now += 1;
    expect(await verdict()).toBe('revocation_unknown');
  });

  it('is asked for once a second in an outage', async () => {
    next = undefined;
    for (let i = 0; i < 5; i++) expect(await verdict()).toBe('revocation_unknown');
    expect(bench.server.count(SNAPSHOT)).toBe(1);
    bench.now += 1_000;
    expect(await verdict()).toBe('revocation_unknown');
    expect(bench.server.count(SNAPSHOT)).toBe(2);
  });

  it('with a lower number than one seen before is not taken', async () => {
    next = { num: 7, ended: [42] };
    expect(await verdict()).toBe('token_revoked');
    next = { num: 6 };
    bench.now += 5_000;
    expect(await verdict()).toBe('token_revoked');
    next = { num: 8 };
    bench.now += 5_000;
    expect(await verdict()).toBe('accepted');
  });
});

describe('a list that is not taken', () => {
  const stranger = makeKey();
  const zlib = (bytes: Buffer) => ({ bits: 1, lst: encode(deflateSync(bytes)) });
  const bad: [string, () => string | Response][] = [
    ['nothing', () => ''],
    ['a web page', () => '<html>'],
    ['an error with a good list', () => new Response(makeSnapshot(signer, NOW), { status: 500 })],
    ['another signature', () => makeSnapshot({ ...stranger, kid: signer.kid }, NOW)],
    ['a stranger’s', () => makeSnapshot(stranger, NOW)],
    ['the tokens’ key', () => makeSnapshot(key, NOW)],
    ['the type of a token', () => makeSnapshot(signer, NOW, { header: { typ: 'at+jwt' } })],
    ['no type', () => makeSnapshot(signer, NOW, { header: { typ: undefined } })],
    ['alg none', () => makeSnapshot(signer, NOW, { header: { alg: 'none' } })],
    ['another place', () => makeSnapshot(signer, NOW, { claims: { sub: `${SNAPSHOT}/2` } })],
    ['another issuer', () => makeSnapshot(signer, NOW, { claims: { iss: 'https://evil.example.com' } })],
    ['one that expired', () => makeSnapshot(signer, NOW - 150_000)],
    ['one of the future', () => makeSnapshot(signer, NOW + 16_000)],
    ['one that is good for a day', () => makeSnapshot(signer, NOW, { claims: { exp: NOW_S + 86_400 } })],
    ['no number', () => makeSnapshot(signer, NOW, { claims: { num: undefined } })],
    ['no expiry', () => makeSnapshot(signer, NOW, { claims: { exp: undefined } })],
    [
      'two bits each',
      () => makeSnapshot(signer, NOW, { claims: { status_list: { ...zlib(Buffer.alloc(9)), bits: 2 } } }),
    ],
    ['no zlib', () => makeSnapshot(signer, NOW, { claims: { status_list: { bits: 1, lst: encode('list') } } })],
    ['a bomb', () => makeSnapshot(signer, NOW, { claims: { status_list: zlib(Buffer.alloc(1 << 24)) } })],
    ['more than 512 kB', () => makeSnapshot(signer, NOW, { claims: { filler: 'x'.repeat(400 * 1024) } })],
  ];
  it.each(bad)('%s: nothing is known, so no token is', async (_name, make) => {
    bench.server.answers.set(SNAPSHOT, () => {
      const answer = make();
      return typeof answer === 'string' ? new Response(answer) : answer;
    });
    expect(await verdict()).toBe('revocation_unknown');
  });

  it('and the good one of before stays', async () => {
    expect(await verdict()).toBe('accepted');
    bench.server.answers.set(SNAPSHOT, () => new Response('<html>'));
    bench.now += 5_000;
    expect(await verdict()).toBe('accepted');
  });
});

it('its keys are found below the issuer, apart from those of tokens', async () => {
  bench = makeBench(key, { revocation: { snapshot: {} } });
  bench.server.answers.set(SNAPSHOT, () => new Response(makeSnapshot(signer, NOW)));
  expect(await verdict()).toBe('revocation_unknown');
  bench.server.answers.set(JWKS, () => Response.json({ keys: [signer.jwk] }));
  bench.now += 5_000;
  expect(await verdict()).toBe('accepted');
});
