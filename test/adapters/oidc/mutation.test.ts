import fc from 'fast-check';
import { expect, it } from 'vitest';
import { makeBench, makeKey, makeToken, refusalOf } from './fixture.ts';

const key = makeKey('key-1');
const token = makeToken(key);
const { verifier } = makeBench(key);

it('any single-bit change of a valid token\u2019s text is refused', async () => {
  // All of them: the text is ASCII, so bit 7 gives characters beyond it.
  for (let index = 0; index < token.length; index++) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = String.fromCharCode(token.charCodeAt(index) ^ (1 << bit));
      const mutant = token.slice(0, index) + changed + token.slice(index + 1);
      const verdict = await refusalOf(verifier, mutant);
      if (verdict === 'accepted') expect.fail(`accepted with bit ${bit} of character ${index} changed`);
    }
  }
});

it('any single-bit change of a valid token\u2019s decoded segments is refused', async () => {
  const segments = token.split('.').map((segment) => Buffer.from(segment, 'base64url'));
  const mutation = fc
    .nat(segments.length - 1)
    .chain((segment) => fc.tuple(fc.constant(segment), fc.nat((segments[segment]?.length ?? 1) * 8 - 1)));
  await fc.assert(
    fc.asyncProperty(mutation, async ([segment, bit]) => {
      const mutant = segments.map((bytes) => Buffer.from(bytes));
      const bytes = mutant[segment];
      if (bytes) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await refusalOf(verifier, mutant.map((part) => part.toString('base64url')).join('.'))).not.toBe(
        'accepted',
      );
    }),
    { numRuns: 500 },
  );
});

it('text cut from, doubled in or put into a valid token is refused', async () => {
  const edit = fc.record({ at: fc.nat(token.length - 1), drop: fc.nat(8), add: fc.string({ maxLength: 8 }) });
  await fc.assert(
    fc.asyncProperty(edit, async ({ at, drop, add }) => {
      const edited = token.slice(0, at) + add + token.slice(at + drop);
      fc.pre(edited !== token);
      expect(await refusalOf(verifier, edited)).not.toBe('accepted');
    }),
    { numRuns: 500 },
  );
});

it('no text makes the verifier fail otherwise than by its own error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (text) => {
      expect(await refusalOf(verifier, text)).not.toBe('accepted');
    }),
  );
});
