import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  familyOf,
  mintRefreshToken,
  openSuccessor,
  refreshTokenHash,
  sealSuccessor,
} from '../../../adapters/oauth/refreshToken.ts';

const FAMILY = 'rtf_abcdefghijklmnopqrstuvwxyz';
const mint = () => mintRefreshToken(FAMILY, randomBytes);

describe('a refresh token', () => {
  it('names its family and holds 256 random bits', () => {
    const token = mint();
    expect(token).toMatch(/^wrt_rtf_[a-z]{26}\.[A-Za-z0-9_-]{43}$/);
    expect(familyOf(token)).toBe(FAMILY);
    expect(new Set(Array.from({ length: 100 }, mint)).size).toBe(100);
    expect(mintRefreshToken(FAMILY, (count) => Buffer.alloc(count, 0xff))).toBe(`wrt_${FAMILY}.${'_'.repeat(42)}8`);
  });

  const good = mintRefreshToken(FAMILY, (count) => Buffer.alloc(count));
  it.each([
    '',
    good.slice(4),
    good.slice(0, -1),
    `${good}A`,
    `${good}=`,
    `${good}\n`,
    ` ${good}`,
    `${good.slice(0, -1)}B`, // stray bits: another text of the same secret
    `${good.slice(0, -2)}+A`,
    good.replace('.', ' '),
    good.replace('rtf_', 'grt_'),
    good.replace('abc', 'a#c'),
    `wrt_rtf_short.${'A'.repeat(43)}`,
    `wrt_rtf_${'a'.repeat(65)}.${'A'.repeat(43)}`,
    'x'.repeat(100_000),
  ])('is not %j', (text) => {
    expect(familyOf(text)).toBeUndefined();
  });

  it('is kept as a hash', () => {
    expect(refreshTokenHash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('a sealed successor', () => {
  const [old, successor] = [mint(), mint()];
  const at = { family: FAMILY, generation: 3 };
  const sealed = sealSuccessor(old, successor, at, randomBytes);

  it('opens with the old token', () => {
    expect(openSuccessor(old, sealed, at)).toBe(successor);
  });

  it('shows neither token', () => {
    expect(Buffer.from(sealed, 'base64url').includes(successor.slice(-20))).toBe(false);
    expect(Buffer.from(sealed, 'base64url').includes(old.slice(-20))).toBe(false);
    expect(sealSuccessor(old, successor, at, randomBytes)).not.toBe(sealed);
  });

  it('opens with no other token, nor for another family or generation', () => {
    expect(openSuccessor(mint(), sealed, at)).toBeUndefined();
    expect(openSuccessor(successor, sealed, at)).toBeUndefined();
    expect(openSuccessor(old, sealed, { ...at, generation: 4 })).toBeUndefined();
    expect(openSuccessor(old, sealed, { ...at, family: `${FAMILY}x` })).toBeUndefined();
  });

  it('opens after no change of a bit, and no cut', () => {
    const bytes = Buffer.from(sealed, 'base64url');
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const other = Buffer.from(bytes);
        other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(openSuccessor(old, other.toString('base64url'), at)).toBeUndefined();
      }),
    );
    for (let length = 0; length < bytes.length; length++) {
      expect(openSuccessor(old, bytes.subarray(0, length).toString('base64url'), at)).toBeUndefined();
    }
  });
});
