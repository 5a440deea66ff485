import fc from 'fast-check';
import { expect, test } from 'vitest';
import { relevantContext } from '../../../../local/aws/iam/relevant.ts';

const CONTEXT = { 'aws:CurrentTime': '2026-11-21T09:00:00Z', 'aws:PrincipalTag/Team': 'shop', 'aws:SourceIp': '::1' };
const keysIn = (...documents: readonly string[]): string[] => Object.keys(relevantContext(CONTEXT, documents));

const MENTIONS: readonly [string, string, string[]][] = [
  ['nothing', '{"Statement":[]}', []],
  ['a condition', '{"Condition":{"Null":{"aws:CurrentTime":"true"}}}', ['aws:CurrentTime']],
  ['a condition in another case', '{"Condition":{"Null":{"AWS:currenttime":"true"}}}', ['aws:CurrentTime']],
  [
    'a condition with an escaped letter',
    '{"Condition":{"Null":{"\\u0061ws:CurrentTime":"true"}}}',
    ['aws:CurrentTime'],
  ],
  ['a variable', '{"Resource":"arn:aws:s3:::${aws:PrincipalTag/Team}"}', ['aws:PrincipalTag/Team']],
  ['a variable with a default', '{"Resource":"${aws:principaltag/team, \'x\'}"}', ['aws:PrincipalTag/Team']],
];

test.each(MENTIONS)('a policy with %s keeps just the keys it speaks of', (_what, document, keys) => {
  expect(keysIn(document)).toEqual(keys);
});

test('one policy that speaks of a key is enough', () => {
  expect(keysIn('{}', '{"Condition":{"Bool":{"aws:SourceIp":"true"}}}')).toEqual(['aws:SourceIp']);
});

test('any key that is a condition’s is kept with its value, however the policy spells it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.boolean(), (key, indented) => {
      const document = JSON.stringify({ Condition: { StringEquals: { [key]: 'x' } } }, undefined, indented ? 2 : 0);
      expect(relevantContext({ [key]: 'value' }, [document])).toEqual({ [key]: 'value' });
    }),
  );
});
