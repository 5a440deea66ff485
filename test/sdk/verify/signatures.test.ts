/** Edge cases of ECDSA signatures, in the manner of Wycheproof. */
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  encode,
  headerOf,
  claimsOf,
  makeBench,
  makeKey,
  makeSnapshot,
  NOW,
  refusalOf,
  signatureOf,
  SNAPSHOT,
} from './fixture.ts';

/** The order of P-256 (SEC 2 §2.4.2). */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
/** Its field's prime. */
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const MAX = 2n ** 256n - 1n;

const key = makeKey();
const input = `${encode(JSON.stringify(headerOf(key)))}.${encode(JSON.stringify(claimsOf()))}`;
const good = signatureOf(key, input);
const r = BigInt(`0x${good.subarray(0, 32).toString('hex')}`);
const s = BigInt(`0x${good.subarray(32).toString('hex')}`);

const bytes = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
const pair = (one: bigint, other: bigint): Buffer => Buffer.concat([bytes(one), bytes(other)]);
const withSignature = (signature: Buffer | string): string =>
  `${input}.${typeof signature === 'string' ? signature : encode(signature)}`;
const { verifier } = makeBench(key);

it('the signature that the other cases change is good', async () => {
  expect(await refusalOf(verifier, withSignature(pair(r, s)))).toBe('accepted');
});

const EDGES: [string, bigint][] = [
  ['0', 0n],
  ['1', 1n],
  ['2', 2n],
  ['n - 1', N - 1n],
  ['n', N],
  ['n + 1', N + 1n],
  ['p', P],
  ['p + 1', P + 1n],
  ['2^256 - 1', MAX],
];
const values = EDGES.flatMap(([name, value]): [string, Buffer][] => [
  [`r of ${name}`, pair(value, s)],
  [`s of ${name}`, pair(r, value)],
  ...EDGES.map(([other, second]): [string, Buffer] => [`r of ${name}, s of ${other}`, pair(value, second)]),
]);

describe('r and s', () => {
  const cases: [string, Buffer][] = [
    ...values,
    ['r of n - r', pair(N - r, s)],
    ['r and s in turn', pair(s, r)],
    ['r + 1', pair(r + 1n, s)],
    ['s - 1', pair(r, s - 1n)],
    ['r and s each reversed', Buffer.concat([bytes(r).reverse(), bytes(s).reverse()])],
  ];
  it.each(cases)('%s is refused', async (_name, signature) => {
    expect(await refusalOf(verifier, withSignature(signature))).toBe('signature_invalid');
  });
});

describe('the length', () => {
  const der = sign('sha256', Buffer.from(input), key.privateKey);
  const cases: [string, Buffer, string][] = [
    ['0', Buffer.alloc(0), 'token_malformed'],
    ['1', good.subarray(0, 1), 'signature_invalid'],
    ['32', good.subarray(0, 32), 'signature_invalid'],
    ['63', good.subarray(0, 63), 'signature_invalid'],
    ['63, the first missing', good.subarray(1), 'signature_invalid'],
    ['65', Buffer.concat([good, Buffer.alloc(1)]), 'signature_invalid'],
    ['65, a zero before', Buffer.concat([Buffer.alloc(1), good]), 'signature_invalid'],
    [
      '66, each with a zero before',
      Buffer.concat([Buffer.alloc(1), bytes(r), Buffer.alloc(1), bytes(s)]),
      'signature_invalid',
    ],
    ['96', Buffer.concat([good, Buffer.alloc(32)]), 'signature_invalid'],
    ['128', Buffer.concat([good, good]), 'signature_invalid'],
    [
      '128 with wide zeros',
      Buffer.concat([Buffer.alloc(32), bytes(r), Buffer.alloc(32), bytes(s)]),
      'signature_invalid',
    ],
    ['DER', der, 'signature_invalid'],
    ['DER cut to 64', der.subarray(0, 64), 'signature_invalid'],
    ['64 zeros', Buffer.alloc(64), 'signature_invalid'],
    ['64 of 0xff', Buffer.alloc(64, 0xff), 'signature_invalid'],
  ];
  it.each(cases)('%s is refused', async (_name, signature, code) => {
    expect(await refusalOf(verifier, withSignature(signature))).toBe(code);
  });
});

describe('the spelling', () => {
  const text = encode(good);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(text.slice(-1));

  it('with any of the four trailing bits flipped is refused', async () => {
    for (let bits = 1; bits < 16; bits++) {
      const spelt = text.slice(0, -1) + alphabet.charAt(last ^ bits);
      expect(Buffer.from(spelt, 'base64url').equals(good)).toBe(true);
      expect(await refusalOf(verifier, withSignature(spelt))).toBe('token_malformed');
    }
  });

  it.each([`${text}==`, `${text}=`, ` ${text}`, `${text} `, `${text}\n`, `${text}\0`])(
    '%j is refused',
    async (spelt) => {
      expect(await refusalOf(verifier, withSignature(spelt))).toBe('token_malformed');
    },
  );
});

describe('the key', () => {
  it.each(['P-384', 'P-521', 'secp256k1'])('on %s is nobody’s, whatever it signs', async (curve) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: curve });
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: key.kid, alg: 'ES256', use: 'sig' };
    const made = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    const other = makeBench(key, { keys: { keys: [jwk] } }).verifier;
    expect(await refusalOf(other, withSignature(made))).toBe('signature_invalid');
    // The same point, said to be on P-256.
    const lying = makeBench(key, { keys: { keys: [{ ...jwk, crv: 'P-256' }] } }).verifier;
    expect(await refusalOf(lying, withSignature(made))).toBe('signature_invalid');
  });

  it('of somebody else does not verify', async () => {
    expect(await refusalOf(verifier, withSignature(signatureOf(makeKey(), input)))).toBe('signature_invalid');
  });

  const points: [string, Record<string, unknown>][] = [
    ['at infinity', { x: encode(bytes(0n)), y: encode(bytes(0n)) }],
    ['not on the curve', { x: encode(bytes(1n)), y: encode(bytes(1n)) }],
    ['with x beyond the field', { x: encode(bytes(P + 5n)) }],
    ['with a short x', { x: encode(good.subarray(0, 31)) }],
    [
      'with a long x',
      { x: encode(Buffer.concat([Buffer.alloc(1), Buffer.from(String(key.plain['x']), 'base64url')])) },
    ],
    ['with padding', { x: `${String(key.plain['x'])}=` }],
    ['without y', { y: undefined }],
  ];
  it.each(points)('%s is nobody’s', async (_name, changes) => {
    const other = makeBench(key, { keys: { keys: [{ ...key.jwk, ...changes }] } }).verifier;
    expect(await refusalOf(other, withSignature(good))).toBe('signature_invalid');
  });
});

describe('a malleated signature', () => {
  const malleated = withSignature(pair(r, N - s));

  it('is as good as the first: that is why nothing goes by a token’s hash', async () => {
    const other = makeBench(key).verifier;
    expect(
      verify('sha256', Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }, pair(r, N - s)),
    ).toBe(true);
    const [one, two] = [await other.verify(withSignature(good)), await other.verify(malleated)];
    expect(two).not.toBe(one);
    expect(two.tokenId).toBe(one.tokenId);
  });

  it('of a revoked token stays revoked', async () => {
    const signer = makeKey();
    const bench = makeBench(key, { revocation: { snapshot: { keys: { keys: [signer.jwk] } } } });
    let ended: number[] = [];
    let num = 1;
    bench.server.answers.set(SNAPSHOT, () => new Response(makeSnapshot(signer, bench.now, { num: num++, ended })));
    expect(await refusalOf(bench.verifier, withSignature(good))).toBe('accepted');
    ended = [42];
    bench.now = NOW + 5_000;
    expect(await refusalOf(bench.verifier, malleated)).toBe('token_revoked');
    expect(await refusalOf(bench.verifier, withSignature(good))).toBe('token_revoked');
  });
});
