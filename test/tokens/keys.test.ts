import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyEs256 } from '../../tokens/es256.ts';
import { importPublicKey } from '../../tokens/publicKey.ts';
import { verifySignature } from '../../tokens/signature.ts';
import { targetUrl } from '../../tokens/targetUrl.ts';
import { isThumbprint, thumbprintOf } from '../../tokens/thumbprint.ts';
import { TokenFault } from '../../tokens/tokenFault.ts';

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = pair.publicKey.export({ format: 'jwk' });
const input = Buffer.from('input');

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'accepted';
  } catch (error) {
    if (error instanceof TokenFault) return error.code;
    throw error;
  }
}

it('ES256 reads r and s of any length, whatever it read before', () => {
  const { key } = importPublicKey(jwk, 'ES256');
  const good: Buffer[] = [];
  const beginWithZero = (): boolean => good.some((signature) => signature[0] === 0) && good.some((at) => at[32] === 0);
  while (!beginWithZero()) good.push(sign('sha256', input, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }));
  expect(good.filter((signature) => !verifyEs256(key, input, signature))).toEqual([]);
});

it('ES256 takes 64 bytes, and never DER', () => {
  const { key } = importPublicKey(jwk, 'ES256');
  const signature = sign('sha256', input, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' });
  expect(verifyEs256(key, input, signature)).toBe(true);
  expect(verifyEs256(key, Buffer.from('other'), signature)).toBe(false);
  expect(verifyEs256(key, input, sign('sha256', input, pair.privateKey))).toBe(false);
  expect(verifyEs256(key, input, Buffer.concat([signature, Buffer.alloc(1)]))).toBe(false);
  expect(verifyEs256(key, input, Buffer.alloc(0))).toBe(false);
});

describe('a public key', () => {
  it('keeps its own members, and drops the rest', () => {
    const { kty, crv, x, y } = jwk;
    expect(importPublicKey({ ...jwk, kid: 'a', use: 'sig', alg: 'ES256', key_ops: ['verify'] }, 'ES256').jwk).toEqual({
      kty,
      crv,
      x,
      y,
    });
  });

  it('is read once: the same text gives the same key, which nobody can change', () => {
    const key = importPublicKey({ ...jwk }, 'ES256');
    expect(importPublicKey({ ...jwk }, 'ES256')).toBe(key);
    expect(Object.isFrozen(key) && Object.isFrozen(key.jwk)).toBe(true);
  });

  it('that was read is still refused with a private part, and for another algorithm or use', () => {
    importPublicKey({ ...jwk }, 'ES256');
    expect(codeOf(() => importPublicKey({ ...jwk, d: jwk.x }, 'ES256'))).toBe('key_refused');
    expect(codeOf(() => importPublicKey({ ...jwk }, 'EdDSA'))).toBe('key_refused');
    expect(codeOf(() => importPublicKey({ ...jwk, use: 'enc' }, 'ES256'))).toBe('key_refused');
  });

  it('is forgotten after 500 others, which anybody can bring', () => {
    const key = importPublicKey({ ...jwk, kid: 'forgotten' }, 'ES256');
    for (let other = 0; other < 500; other++) importPublicKey({ ...jwk, kid: `other-${other}` }, 'ES256');
    expect(importPublicKey({ ...jwk, kid: 'forgotten' }, 'ES256')).not.toBe(key);
  });

  const rsa = (bits: number, exponent = 65_537) =>
    generateKeyPairSync('rsa', { modulusLength: bits, publicExponent: exponent }).publicKey.export({ format: 'jwk' });
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });
  const bad: [string, Record<string, unknown>, Parameters<typeof importPublicKey>[1]][] = [
    ['with its private part', pair.privateKey.export({ format: 'jwk' }), 'ES256'],
    ['that is a secret', { kty: 'oct', k: 'AA' }, 'ES256'],
    ['of another curve', p384, 'ES256'],
    ['of another curve that lies', { ...p384, crv: 'P-256' }, 'ES256'],
    ['for encryption', { ...jwk, use: 'enc' }, 'ES256'],
    ['for signing', { ...jwk, key_ops: ['sign'] }, 'ES256'],
    ['with operations that are no list', { ...jwk, key_ops: 'verify' }, 'ES256'],
    ['for another algorithm', { ...jwk, alg: 'ES384' }, 'ES256'],
    ['of another type', jwk, 'EdDSA'],
    ['of another type still', jwk, 'RS256'],
    ['with a prototype’s members alone', Object.create(jwk) as Record<string, unknown>, 'ES256'],
    ['of 1024 bits', rsa(1024), 'RS256'],
    ['of 1024 bits, for PSS', rsa(1024), 'PS256'],
    ['of 5120 bits', rsa(5120), 'RS256'],
    ['with the exponent 3', rsa(2048, 3), 'RS256'],
    ['of nothing', {}, 'ES256'],
  ];
  it.each(bad)('%s is refused', (_name, key, alg) => {
    expect(codeOf(() => importPublicKey(key, alg))).toBe('key_refused');
  });

  it('is used by its own algorithm alone', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const plain = publicKey.export({ format: 'jwk' });
    const pkcs1 = sign('sha256', input, privateKey);
    const pss = sign('sha256', input, { key: privateKey, padding: 6, saltLength: 32 });
    const long = sign('sha256', input, { key: privateKey, padding: 6, saltLength: 64 });
    const verdicts = (signature: Buffer) =>
      (['RS256', 'PS256'] as const).map((alg) => verifySignature(importPublicKey(plain, alg), input, signature));
    expect(verdicts(pkcs1)).toEqual([true, false]);
    expect(verdicts(pss)).toEqual([false, true]);
    expect(verdicts(long)).toEqual([false, false]);
    expect(verdicts(Buffer.alloc(0))).toEqual([false, false]);
  });
});

it('a thumbprint is as in RFC 7638 §3.1', () => {
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
  expect(thumbprintOf({ n, kty: 'RSA', e: 'AQAB' })).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
});

it.each([
  ['NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs', true],
  ['NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xt', false],
  ['NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9X', false],
  ['NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs=', false],
  [7, false],
])('%s is a thumbprint: %s', (value, is) => {
  expect(isThumbprint(value)).toBe(is);
});

describe('a URL to compare', () => {
  const same: [string, string][] = [
    ['https://a.example.com', 'https://a.example.com/'],
    ['HTTPS://A.Example.com:443/x?y#z', 'https://a.example.com/x'],
    ['http://a.example.com:80/x', 'http://a.example.com/x'],
    ['http://a.example.com:8080/x', 'http://a.example.com:8080/x'],
    ['https://a.example.com/a/./b/../c', 'https://a.example.com/a/c'],
    ['https://a.example.com/%7Ea%2fb', 'https://a.example.com/~a%2Fb'],
  ];
  it.each(same)('%s is %s', (text, url) => {
    expect(targetUrl(text)).toBe(url);
  });

  it.each([
    '',
    '/x',
    'a.example.com',
    'ftp://a.example.com',
    'https://',
    'https://u@a.example.com',
    ` https://a.example.com`,
  ])('%j is none', (text) => {
    expect(targetUrl(text)).toBeUndefined();
  });

  it('has a bounded length', () => {
    expect(targetUrl(`https://a.example.com/${'x'.repeat(2_048)}`)).toBeUndefined();
  });
});
