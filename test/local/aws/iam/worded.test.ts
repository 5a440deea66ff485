import { expect, test } from 'vitest';
import { wordedPolicies } from '../../../../local/aws/iam/worded.ts';
import { policy } from '../harness.ts';

const allow = (action: string): string => policy({ Effect: 'Allow', Action: action, Resource: '*' });
const READ = allow('dynamodb:GetItem');
const own = (document: string, name = 'Own') => [{ name, document }];

test('a set of policies is worded once for each action', () => {
  const first = wordedPolicies('dynamodb:GetItem', { identity: own(READ), session: READ });
  // Another text of the same letters.
  const again = wordedPolicies('dynamodb:GetItem', { identity: own(allow('dynamodb:GetItem')), session: READ });
  expect(again).toBe(first);
  expect(first.texts).toEqual([READ, READ]);
});

test('no two sets have the same id', () => {
  const sets = [
    wordedPolicies('dynamodb:GetItem', { identity: own(READ) }),
    wordedPolicies('dynamodb:PutItem', { identity: own(READ) }),
    wordedPolicies('dynamodb:GetItem', { identity: own(READ, 'Other') }),
    wordedPolicies('dynamodb:GetItem', { identity: [...own(READ), ...own(READ)] }),
    wordedPolicies('dynamodb:GetItem', { identity: [], boundary: READ }),
    wordedPolicies('dynamodb:GetItem', { identity: [], session: READ }),
    wordedPolicies('dynamodb:GetItem', { identity: [], attached: READ }),
    wordedPolicies('dynamodb:GetItem', { identity: own(READ), session: READ }),
    wordedPolicies('dynamodb:GetItem', { identity: own(READ), session: allow('dynamodb:Query') }),
  ];
  expect(new Set(sets.map(({ id }) => id)).size).toBe(sets.length);
});

test('more sets and texts than are kept are still told apart', () => {
  const ids = Array.from(
    { length: 3_000 },
    (_, i) => wordedPolicies('dynamodb:GetItem', { identity: own(allow(`dynamodb:${i}`)) }).id,
  );
  expect(new Set(ids).size).toBe(ids.length);
  const [first] = ids;
  expect(wordedPolicies('dynamodb:GetItem', { identity: own(allow('dynamodb:0')) }).id).not.toBe(first);
});
