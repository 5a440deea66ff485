import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alikeContext } from '../../../../local/aws/iam/alike.ts';
import { createAuthorize } from '../../../../local/aws/iam/authorize.ts';
import { openRoles } from '../../../../local/aws/iam/roles.ts';
import { memoryStore } from '../../../../local/aws/store.ts';
import { SHOP, TRUST_LAMBDA, policy } from '../harness.ts';

const KEY = 'dynamodb:LeadingKeys';
const under = (condition: object, ...others: string[]): readonly string[] => [
  JSON.stringify({ Statement: { Condition: condition } }),
  ...others,
];
const isAlike = (documents: readonly string[], a: string, b: string): boolean =>
  JSON.stringify(alikeContext({ [KEY]: a }, documents)) === JSON.stringify(alikeContext({ [KEY]: b }, documents));

const LIKE_GRANTS = { 'ForAllValues:StringLike': { [KEY]: ['GRANT#*', 'ONCE#?'] } };

test('values that the policies can’t tell apart are alike', () => {
  expect(isAlike(under(LIKE_GRANTS), 'GRANT#1', 'GRANT#2')).toBe(true);
  expect(isAlike(under({ StringEquals: { 'aws:SourceIp': '::1' } }), 'GRANT#1', 'AUDIT#2')).toBe(true);
});

const TOLD_APART: readonly [string, object, string, string][] = [
  ['one matches a pattern', LIKE_GRANTS, 'GRANT#1', 'AUDIT#1'],
  ['each matches another pattern', LIKE_GRANTS, 'GRANT#1', 'ONCE#1'],
  ['one is as long as a question mark allows', LIKE_GRANTS, 'ONCE#1', 'ONCE#12'],
  ['one is equal', { StringNotEquals: { [KEY]: 'a' } }, 'a', 'b'],
  ['one is equal but for its case', { StringEqualsIgnoreCase: { [KEY]: 'a' } }, 'A', 'b'],
  ['one is equal and the other is but for its case', { StringEquals: { [KEY]: 'a' } }, 'a', 'A'],
  ['the policy spells the key in another case', { StringLike: { 'DynamoDB:leadingkeys': 'a*' } }, 'ab', 'b'],
  ['they are compared as numbers', { NumericLessThan: { [KEY]: '5' } }, '1', '2'],
  ['they are compared as ARNs', { ArnLike: { [KEY]: 'arn:*' } }, 'x', 'y'],
  ['they hold what a pattern may not match', LIKE_GRANTS, 'GRANT#1\n', 'GRANT#2\n'],
  ['a variable puts them into a text', { StringLike: { 'aws:SourceIp': `\${${KEY}}` } }, 'x', 'y'],
];

test.each(TOLD_APART)('values are told apart where %s', (_why, condition, a, b) => {
  expect(isAlike(under(condition), a, b)).toBe(false);
  expect(isAlike(['{"Statement":[]}', ...under(condition)], a, b)).toBe(false);
});

test('lists are alike value by value, and as long as they are', () => {
  const documents = under(LIKE_GRANTS);
  const of = (...values: string[]): string => JSON.stringify(alikeContext({ [KEY]: values }, documents));
  expect(of('GRANT#1', 'AUDIT')).toBe(of('GRANT#2', 'AUDIT'));
  expect(of('GRANT#1', 'AUDIT')).not.toBe(of('GRANT#1', 'GRANT#2'));
  expect(of('GRANT#1')).not.toBe(of('GRANT#1', 'GRANT#2'));
  expect(of('GRANT#1')).not.toBe(JSON.stringify(alikeContext({ [KEY]: 'GRANT#1' }, documents)));
});

const OPERATORS = ['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringLike', 'StringNotLike'] as const;
const letters = fc.string({ unit: fc.constantFrom('a', 'A', 'b', '*', '?', '.'), maxLength: 4 });

test('an answer that is known is the answer that IAM would give', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...OPERATORS),
      fc.constantFrom('ForAllValues:', 'ForAnyValue:'),
      fc.array(letters, { minLength: 1, maxLength: 2 }),
      fc.array(fc.array(letters, { maxLength: 2 }), { minLength: 1, maxLength: 6 }),
      async (operator, set, texts, questions) => {
        const roles = openRoles({
          store: memoryStore(),
          clock: () => 1_000,
          randomBytes: (size) => new Uint8Array(size),
          propagationMs: () => 0,
        });
        const Condition = { [set + operator]: { [KEY]: texts } };
        const Own = policy({ Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: '*', Condition });
        const { arn, roleId } = await roles.put({
          accountId: SHOP,
          name: 'own',
          trustPolicy: TRUST_LAMBDA,
          inlinePolicies: { Own },
        });
        const call = {
          caller: {
            kind: 'session',
            accountId: SHOP,
            arn: `arn:aws:sts::${SHOP}:assumed-role/own/s`,
            roleArn: arn,
            roleId,
            sessionName: 's',
            tags: {},
            transitiveTagKeys: [],
            issuedAt: 0,
            expiresAt: 10_000,
          },
          region: 'us-east-1',
          now: 1_000,
          requestId: 'r',
          sourceIp: '127.0.0.1',
        } as const;
        const resource = `arn:aws:dynamodb:us-east-1:${SHOP}:table/orders`;
        const remembering = createAuthorize(roles);
        for (const values of questions) {
          const access = { action: 'dynamodb:GetItem', resource, context: { [KEY]: values } };
          const asked = await createAuthorize(roles)(call, access);
          expect(await remembering(call, access)).toEqual(asked);
        }
      },
    ),
  );
});
