import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare } from '../../../../local/aws/dynamodb/attribute-value.ts';
import type { AttributeValue } from '../../../../local/aws/dynamodb/attribute-value.ts';
import { encodeKeyValue } from '../../../../local/aws/dynamodb/key-codec.ts';

const text = fc.string({ unit: 'binary', maxLength: 6 }).map((S): AttributeValue => ({ S }));
const binary = fc
  .uint8Array({ maxLength: 6 })
  .map((value): AttributeValue => ({ B: Buffer.from(value).toString('base64') }));
const number = fc
  .tuple(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), fc.integer({ min: -20, max: 20 }))
  .map(([digits, exponent]): AttributeValue => ({ N: `${digits}e${exponent}` }));

/** Ended as in a key: below all that continues it. */
const encoded = (value: AttributeValue): string => `${encodeKeyValue(value)}!`;

describe('an encoded key value', () => {
  it.each([
    ['strings', text],
    ['binary', binary],
    ['numbers', number],
  ])('has the order of %s', (_, values) => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const [left, right] = [encoded(a), encoded(b)];
        expect(left < right ? -1 : left > right ? 1 : 0).toBe(Math.sign(compare(a, b) ?? Number.NaN));
      }),
      { numRuns: 1000 },
    );
  });

  it('has the order of the ends of the range of numbers', () => {
    const ordered = ['-9.9e125', '-1', '-0.5', '-1e-130', '0', '1e-130', '0.5', '1', '1.5', '15', '9.9e125'];
    const keys = ordered.map((N) => encoded({ N }));
    expect(keys.toSorted()).toEqual(keys);
    expect(encoded({ N: '-0' })).toBe(encoded({ N: '0' }));
  });

  it('keeps prefixes of strings', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(encodeKeyValue({ S: a + b }).startsWith(encodeKeyValue({ S: a }))).toBe(true);
      }),
    );
  });
});
