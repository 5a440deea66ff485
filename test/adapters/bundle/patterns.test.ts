import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actionsMeet, patternsMeet } from '../../../adapters/bundle/patterns.ts';
import { covers } from '../../../core/arn.ts';

describe('patterns meet', () => {
  test.each([
    ['', '', true],
    ['', '*', true],
    ['', '?', false],
    ['a', 'a', true],
    ['a', 'b', false],
    ['a', '?', true],
    ['?', '?', true],
    ['a*', '*b', true],
    ['a*c', 'ab*', true],
    ['a*c', 'b*c', false],
    ['a*c', 'a*d', false],
    ['*a*', '*b*', true],
    ['table/*', 'table/orders', true],
    ['table/orders', 'table/orders/index/x', false],
    ['table/orders*', 'table/orders/index/?', true],
    ['**', '', true],
    ['a?', 'a', false],
    ['a?*', 'a', false],
  ])('`%s` and `%s`: %s', (a, b, expected) => {
    expect(patternsMeet(a, b)).toBe(expected);
    expect(patternsMeet(b, a)).toBe(expected);
  });
});

const alphabet = fc.constantFrom('a', 'b', '*', '?');
const pattern = fc.array(alphabet, { maxLength: 5 }).map((letters) => letters.join(''));

/** Every string over `ab` of up to this many letters. */
const words = (length: number): string[] =>
  length === 0 ? [''] : ['', ...words(length - 1).flatMap((word) => [`a${word}`, `b${word}`])];
// A common string need be no longer than both patterns together.
const WORDS = words(10);

test('patterns meet exactly when a string is matched by both', () => {
  fc.assert(
    fc.property(pattern, pattern, (a, b) => {
      expect(patternsMeet(a, b)).toBe(WORDS.some((word) => covers(a, word) && covers(b, word)));
    }),
    { numRuns: 200 },
  );
});

test('actions meet without regard to case', () => {
  expect(actionsMeet('dynamodb:GETITEM', 'dynamodb:Get*')).toBe(true);
  expect(actionsMeet('dynamodb:GetItem', 'dynamodb:Put*')).toBe(false);
});
