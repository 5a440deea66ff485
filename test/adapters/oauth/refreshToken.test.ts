import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRefreshMint } from '../../../adapters/oauth/refreshToken.ts';

const FAMILY = 'rtf_abcdefghijklmnopqrstuvwxyz';
const refresh = createRefreshMint(randomBytes);
const mint = (): string => refresh.mint(FAMILY).token;

describe('a refresh token', () => {
  it('names its family and holds 256 random bits', () => {
    expect(mint()).toMatch(/^wrt_rtf_[a-z]{26}\.[A-Za-z0-9_-]{43}$/);
    expect(new Set(Array.from({ length: 100 }, mint)).size).toBe(100);
    const ones = createRefreshMint((count) => Buffer.alloc(count, 0xff));
    expect(ones.mint(FAMILY).token).toBe(`wrt_${FAMILY}.${'_'.repeat(42)}8`);
  });

  it('is kept as a hash', () => {
    const { token, sha256 } = refresh.mint(FAMILY);
    expect(sha256).toBe(createHash('sha256').update(token).digest('hex'));
    expect(refresh.read(token)).toEqual({ familyId: FAMILY, sha256 });
  });

  const { token: good } = createRefreshMint((count) => Buffer.alloc(count)).mint(FAMILY);
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
    expect(refresh.read(text)).toBeUndefined();
  });
});

describe('a sealed successor', () => {
  const [old, successor] = [mint(), mint()];
  const at = { id: FAMILY, generation: 3 };
  const sealed = refresh.seal(old, successor, at);

  it('opens with the old token', () => {
    expect(refresh.open(old, sealed, at)).toBe(successor);
  });

  it('shows neither token', () => {
    expect(Buffer.from(sealed, 'base64url').includes(successor.slice(-20))).toBe(false);
    expect(Buffer.from(sealed, 'base64url').includes(old.slice(-20))).toBe(false);
    expect(refresh.seal(old, successor, at)).not.toBe(sealed);
  });

  it('opens with no other token, nor for another family or generation', () => {
    expect(refresh.open(mint(), sealed, at)).toBeUndefined();
    expect(refresh.open(successor, sealed, at)).toBeUndefined();
    expect(refresh.open(old, sealed, { ...at, generation: 4 })).toBeUndefined();
    expect(refresh.open(old, sealed, { ...at, id: `${FAMILY}x` })).toBeUndefined();
  });

  it('opens after no change of a bit, and no cut', () => {
    const bytes = Buffer.from(sealed, 'base64url');
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const other = Buffer.from(bytes);
        other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(refresh.open(old, other.toString('base64url'), at)).toBeUndefined();
      }),
    );
    for (let length = 0; length < bytes.length; length++) {
      expect(refresh.open(old, bytes.subarray(0, length).toString('base64url'), at)).toBeUndefined();
    }
  });
});
