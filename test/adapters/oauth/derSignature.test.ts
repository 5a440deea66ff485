import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joseSignature } from '../../../adapters/oauth/derSignature.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const MESSAGE = 'no ECDSA signature on P-256 in DER';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const integer = (digits: string): string => `02 ${(hex(digits).length + 256).toString(16).slice(1)} ${digits}`;
const sequence = (...parts: string[]): Buffer => {
  const inner = hex(parts.join(''));
  return Buffer.concat([Buffer.from([0x30, inner.length]), inner]);
};

describe('a signature in DER', () => {
  it('is turned into the 64 bytes that verify, whatever was signed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (message) => {
        const jose = joseSignature(sign('sha256', message, { key: privateKey, dsaEncoding: 'der' }));
        expect(jose).toHaveLength(64);
        expect(verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, jose)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('may hold short numbers, and such with a leading zero', () => {
    const high = `80${'00'.repeat(31)}`;
    const jose = joseSignature(sequence(integer('01'), integer(`00${high}`)));
    expect(jose.toString('hex')).toBe(`${'00'.repeat(31)}01${high}`);
  });

  const one = integer('01');
  const malformed: [string, Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['an empty sequence', sequence()],
    ['one number', sequence(one)],
    ['three numbers', sequence(one, one, one)],
    ['another tag outside', hex('31 06 020101 020101')],
    ['another tag inside', hex('30 06 030101 020101')],
    ['bytes after it', hex('30 06 020101 020101 00')],
    ['bytes that lack', hex('30 06 020101 0201')],
    ['a number beyond the end', hex('30 06 020101 020201')],
    ['a length in long form', hex('30 8106 020101 020101')],
    ['a length without an end', hex('30 80 020101 020101 0000')],
    ['r of 0', sequence(integer('00'), one)],
    ['s of 0', sequence(one, integer('00'))],
    ['an r without digits', hex('30 05 0200 020101')],
    ['an s without digits', hex('30 05 020101 0200')],
    ['a negative r', sequence(integer('80'), one)],
    ['a negative s', sequence(one, integer('ff'))],
    ['a zero too many', sequence(integer('0001'), one)],
    ['33 digits', sequence(integer(`01${'00'.repeat(32)}`), one)],
    ['33 digits, with a leading zero', sequence(one, integer(`00ff${'00'.repeat(32)}`))],
    ['r and s as JWS wants them', Buffer.alloc(64, 0x30)],
  ];
  it.each(malformed)('is refused: %s', (_name, der) => {
    expect(() => joseSignature(der)).toThrow(MESSAGE);
  });

  it('is refused when any byte of its frame is another', () => {
    const der = sign('sha256', createHash('sha256').update('x').digest(), { key: privateKey, dsaEncoding: 'der' });
    const rLength = der[3] ?? 0;
    for (const place of [0, 1, 2, 3, 4 + rLength, 5 + rLength]) {
      const other = Buffer.from(der);
      other[place] = (other[place] ?? 0) ^ 0x01;
      expect(() => joseSignature(other)).toThrow(MESSAGE);
    }
  });
});
