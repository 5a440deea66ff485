import fc from 'fast-check';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeStatusList, encodeStatusList, readStatus } from '../../tokens/statusList.ts';

const SIZE = 4_096;

it('gives back what was put in, and nothing else', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(SIZE - 1), { maxLength: 100 }), (ended) => {
      const list = decodeStatusList(encodeStatusList(ended, SIZE), SIZE / 8);
      const set = Array.from({ length: SIZE }, (_, index) => index).filter((index) => readStatus(list, index));
      expect(set).toEqual([...ended].sort((a, b) => a - b));
    }),
  );
});

it('is the example of the draft, §4.1', () => {
  // Bits 1,0,0,1,1,1,0,1 and 1,1,0,0,0,1,0,1 make 0xb9 and 0xa3.
  const ended = [0, 3, 4, 5, 7, 8, 9, 13, 15];
  expect([...decodeStatusList(encodeStatusList(ended, 16), 2)]).toEqual([0xb9, 0xa3]);
  expect(decodeStatusList('eNrbuRgAAhcBXQ', 2)).toEqual(Buffer.from([0xb9, 0xa3]));
});

it('does not depend on the order, nor on repetition', () => {
  expect(encodeStatusList([5, 1, 5], 64)).toBe(encodeStatusList([1, 5], 64));
});

it.each([-1, 1.5, 16, NaN])('can’t be made with the entry %s', (index) => {
  expect(() => encodeStatusList([index], 16)).toThrow(RangeError);
});

it.each([0, 12, -8, 1.5])('can’t be made of the size %s', (size) => {
  expect(() => encodeStatusList([], size)).toThrow(RangeError);
});

it.each([-1, 16, 1.5, NaN, Infinity, 2 ** 40])('says nothing of the entry %s, which it does not have', (index) => {
  expect(readStatus(Buffer.from([0xff, 0xff]), index)).toBeUndefined();
});

describe('a list that can’t be decoded', () => {
  const zlib = deflateSync(Buffer.alloc(64)).toString('base64url');
  it.each([
    ['nothing', ''],
    ['no base64url', '***'],
    ['padding', `${zlib}=`],
    ['no zlib', 'AAAA'],
    ['zlib that is cut', zlib.slice(0, 8)],
    ['more than is allowed', deflateSync(Buffer.alloc(65)).toString('base64url')],
  ])('(%s) is refused', (_name, lst) => {
    expect(() => decodeStatusList(lst, 64)).toThrow(expect.objectContaining({ code: 'status_list_invalid' }) as Error);
  });
});
