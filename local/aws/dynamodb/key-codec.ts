/**
 * Key values as text whose order is DynamoDB's order: strings and binary by bytes, numbers by value.
 *
 * The alphabet is `0-9a-f`, so a separator below `0` ends a value before anything that continues it.
 */
import Big from 'big.js';
import { bytes } from './attribute-value.ts';
import type { AttributeValue } from './attribute-value.ts';

export function encodeKeyValue(value: AttributeValue): string {
  if (value.S !== undefined) return Buffer.from(value.S).toString('hex');
  if (value.B !== undefined) return bytes(value.B).toString('hex');
  if (value.N !== undefined) return encodeNumber(value.N);
  throw new TypeError('only strings, numbers and binary are keys');
}

/** DynamoDB's exponents are -130 to 125; this moves them above zero. */
const EXPONENT_BIAS = 131;

/** Sign, exponent, digits. A negative number is the complement of its absolute value, ended by the highest letter. */
function encodeNumber(text: string): string {
  const number = new Big(text);
  if (number.eq(0)) return '1';
  const magnitude = `${(number.e + EXPONENT_BIAS).toString().padStart(3, '0')}${number.c.join('')}`;
  return number.s > 0 ? `2${magnitude}` : `0${complement(magnitude)}f`;
}

function complement(digits: string): string {
  return digits.replace(/\d/g, (digit) => String(9 - Number(digit)));
}
