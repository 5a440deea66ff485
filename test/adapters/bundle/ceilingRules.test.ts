import { describe, expect, test } from 'vitest';
import { bundleDir, problemsOf, swap, type Change } from './bundleDir.ts';
import { line, withCeiling, withMembers } from './ordersRead.ts';

const TABLE = 'arn:aws:dynamodb:{region}:{account}:table';

describe('a ceiling that must not be lent', () => {
  const table = `${TABLE}/orders`;
  test.each<[string, Change, string]>([
    ['a wildcard service', withCeiling(line(['*'], [table])), 'ceiling[0]: `*` is not an action'],
    [
      'a wildcard within an action',
      withCeiling(line(['s3:*Object'], ['*'])),
      'ceiling[0]: `s3:*Object` is not an action',
    ],
    ['no ARN', withCeiling(line(['dynamodb:Query'], ['orders'])), 'ceiling[0]: `orders` is not an ARN'],
    [
      'a wildcard account',
      withCeiling(line(['dynamodb:Query'], ['arn:aws:dynamodb:us-east-1:*:table/orders'])),
      'ceiling[0]: `arn:aws:dynamodb:us-east-1:*:table/orders` has no literal account id',
    ],
    [
      'an account that is not the target',
      withCeiling(line(['dynamodb:Query'], ['arn:aws:dynamodb:us-east-1:444455556666:table/orders'])),
      'ceiling[0]: `arn:aws:dynamodb:us-east-1:444455556666:table/orders` is in another account than the target; write {account}',
    ],
    [
      'what lets the session widen itself',
      withCeiling(line(['iam:PutRolePolicy'], ['*'])),
      "ceiling[0]: `iam:PutRolePolicy` can't be lent: it includes iam:*; it could change what limits the session",
    ],
    [
      'a policy variable',
      withCeiling(line(['s3:GetObject'], ['arn:aws:s3:::b/${aws:username}'])),
      'ceiling[0]: `arn:aws:s3:::b/${aws:username}` has an empty, over-long or unprintable resource',
    ],
    [
      'a placeholder that is no parameter',
      withCeiling(line(['dynamodb:Query'], [`${TABLE}/{table}`])),
      'ceiling: {table} is no parameter; declare it under `parameters`',
    ],
    [
      'a parameter that narrows nothing',
      withMembers({ ceiling: [line(['dynamodb:Query'], [table])] }),
      'parameters.customer: narrows nothing; use {customer} in the ceiling or remove it',
    ],
    [
      'an example that is none',
      { 'catalogue.json': swap('"example": "C-42"', '"example": "C*"') },
      'parameters.customer: `C*`: `customer` must be up to 64 letters, digits, `.`, `_`, `-`',
    ],
    [
      'a leading key with a wildcard',
      withCeiling(line(['dynamodb:Query'], [table], ['C-*'])),
      'ceiling[0]: `C-*` is no leading key: use letters, digits, `#.:@_|/-` and {parameters}',
    ],
    [
      'a scan under a leading key',
      withCeiling(line(['dynamodb:Query', 'dynamodb:Scan'], [table], ['C-42'])),
      'ceiling[0]: `dynamodb:Scan` carries no leading key; lend it in a statement without `leadingKeys`',
    ],
    [
      'a wildcard action under a leading key',
      withCeiling(line(['dynamodb:Batch*'], [table], ['C-42'])),
      'ceiling[0]: `dynamodb:Batch*` carries no leading key; lend it in a statement without `leadingKeys`',
    ],
    [
      'different leading keys on resources that overlap',
      withCeiling(line(['dynamodb:Query'], [`${TABLE}/*`], ['a']), line(['dynamodb:Query'], [table], ['b'])),
      'ceiling[0] and ceiling[1]: `dynamodb:Query` has different leading keys on resources that overlap',
    ],
    [
      'a leading key here and none there, on resources that may overlap once a parameter is filled in',
      withMembers({
        ceiling: [line(['dynamodb:Query'], [`${TABLE}/{customer}`], ['a']), line(['dynamodb:Query'], [table])],
      }),
      'ceiling[0] and ceiling[1]: `dynamodb:Query` has different leading keys on resources that overlap',
    ],
    [
      'one action under two patterns',
      withCeiling(line(['dynamodb:Get*'], [table]), line(['dynamodb:GetItem'], [`${TABLE}/payments`])),
      'ceiling[0] and ceiling[1]: `dynamodb:Get*` and `dynamodb:GetItem` overlap; write the same action in both',
    ],
    [
      'one action in two spellings',
      withCeiling(line(['dynamodb:getitem'], [table]), line(['dynamodb:GetItem'], [`${TABLE}/payments`])),
      'ceiling[0] and ceiling[1]: `dynamodb:getitem` and `dynamodb:GetItem` overlap; write the same action in both',
    ],
    [
      'more than a session policy holds',
      withCeiling(
        line(
          Array.from({ length: 20 }, (_, i) => `dynamodb:Action${'x'.repeat(i)}`),
          [table],
        ),
      ),
      'ceiling: with the longest parameters the scope compiles to ',
    ],
    [
      'more than a session policy holds once the parameters are at their longest',
      withMembers({
        ceiling: [
          line(
            ['dynamodb:Query'],
            [1, 2, 3, 4, 5, 6, 7].map((i) => `${TABLE}/${'t'.repeat(20)}${i}-{customer}`),
          ),
        ],
      }),
      'ceiling: with the longest parameters the scope compiles to ',
    ],
  ])('%s', (_, change, problem) => {
    const problems = problemsOf(bundleDir(change));

    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`catalogue.json: orders-read: ${problem}`);
  });

  test('the same action on other resources, with other keys or none, is no overlap', () => {
    const ceiling = [
      line(['dynamodb:Query'], [table], ['{customer}']),
      line(['dynamodb:Query'], [`${TABLE}/payments`], ['P-{customer}']),
      line(['dynamodb:Query'], [`${TABLE}/prices`]),
    ];

    const customer = { type: 'id', description: 'd', values: ['C-42', 'C-43'], example: 'C-42' };
    expect(problemsOf(bundleDir(withMembers({ ceiling, parameters: { customer } })))).toEqual([]);
  });
});
