import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deriveExternalId } from '../../../adapters/bundle/externalId.ts';

test('an ExternalId is the same for the same three, whatever the time and the machine', () => {
  expect(deriveExternalId('local', '999988887777', '111122223333')).toBe(
    'writ-5db69fa283e27fb5d40eef49a5fc8cb1fc852607',
  );
});

test('and another for any other three, within the grammar of STS', () => {
  const word = fc.string({ maxLength: 12 });
  const three = fc.tuple(word, word, word);
  fc.assert(
    fc.property(three, three, (a, b) => {
      const same = a.every((part, index) => part === b[index]);
      expect(deriveExternalId(...a) === deriveExternalId(...b)).toBe(same);
      expect(deriveExternalId(...a)).toMatch(/^[\w+=,.@:/-]{2,1224}$/);
    }),
  );
});
