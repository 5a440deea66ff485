import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeBase64url } from '../../tokens/base64url.ts';
import { Scratch } from '../../tokens/scratch.ts';

/** The long way: what is written out again is what was read. */
function byWritingItOutAgain(text: string): string | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length > 0 && bytes.toString('base64url') === text ? bytes.toString('hex') : undefined;
}

it('takes what it writes, of any length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (bytes) => {
      expect(decodeBase64url(Buffer.from(bytes).toString('base64url'))).toEqual(Buffer.from(bytes));
    }),
  );
});

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('');
const letter = fc.constantFrom(...LETTERS);
/** What libraries take too, characters whose low byte is a letter's, and such as there are. */
const stranger = fc.constantFrom('+', '/', '=', ' ', '\n', '\t', '.', '\u0141', '\u0461', '\u00e9', '\0', '\u{1f600}');

it('takes exactly what it would write: a letter more or less, and strangers among them', () => {
  const text = fc.array(fc.oneof({ weight: 9, arbitrary: letter }, { weight: 1, arbitrary: stranger }), {
    maxLength: 24,
  });
  const scratch = new Scratch(8);
  fc.assert(
    fc.property(text, (characters) => {
      const joined = characters.join('');
      const long = byWritingItOutAgain(joined);
      expect(decodeBase64url(joined)?.toString('hex')).toBe(long);
      expect(decodeBase64url(joined, scratch)?.toString('hex')).toBe(long);
    }),
    { numRuns: 5_000 },
  );
});

it('takes one last letter of each group whose last bits are nobody’s', () => {
  for (const start of ['', 'abcd']) {
    for (const [more, group] of [
      ['A', 16],
      ['AA', 4],
    ] as const) {
      const taken = LETTERS.filter((last) => decodeBase64url(start + more + last) !== undefined);
      expect(taken).toHaveLength(64 / group);
    }
  }
});

it.each(['', 'A', 'AAAAA', 'QUI=', 'QQ==', '====', 'QUJD=', 'QUJ+', 'QUJ/', ' QUJD', 'QU\u0141D'])(
  'refuses %j',
  (text) => {
    expect(decodeBase64url(text)).toBeUndefined();
  },
);
