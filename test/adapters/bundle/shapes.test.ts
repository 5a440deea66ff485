import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bundleDir, problemsOf, swap, type Change } from './bundleDir.ts';
import { line, withMembers } from './ordersRead.ts';

describe('a shape that is wrong is named by file and member', () => {
  test.each<[string, Change, string]>([
    ['no JSON', { 'catalogue.json': () => '[' }, 'catalogue.json: not JSON: '],
    ['no array', { 'catalogue.json': () => '{}' }, 'catalogue.json: Invalid input: expected array'],
    ['an unknown member', withMembers({ color: 'red' }), 'catalogue.json: [0]: Unrecognized key: "color"'],
    ['an id that is no role name', withMembers({ id: 'Orders' }), 'catalogue.json: [0].id: must be lower-case letters'],
    [
      'an id that is too long',
      withMembers({ id: 'a'.repeat(42) }),
      'catalogue.json: [0].id: must be lower-case letters',
    ],
    ['a kind that is not built', withMembers({ kind: 'loan' }), 'catalogue.json: [0].kind: '],
    ['no owner', withMembers({ owner: undefined }), 'catalogue.json: [0].owner: '],
    ['an owner of another domain', withMembers({ owner: 'support:x' }), 'catalogue.json: [0].owner: must be up to 64'],
    ['no consequences', withMembers({ consequences: [] }), 'catalogue.json: [0].consequences: '],
    [
      'a title with a line break',
      withMembers({ title: 'a\nb' }),
      'catalogue.json: [0].title: must be one line of text',
    ],
    ['an unknown domain', withMembers({ domains: ['root'] }), 'catalogue.json: [0].domains[0]: '],
    ['an unknown risk', withMembers({ risk: 'none' }), 'catalogue.json: [0].risk: '],
    ['an empty ceiling', withMembers({ ceiling: [] }), 'catalogue.json: [0].ceiling: '],
    [
      'NotAction',
      withMembers({ ceiling: [{ ...line(['s3:*'], ['*']), notActions: ['s3:PutObject'] }] }),
      'catalogue.json: [0].ceiling[0]: Unrecognized key: "notActions"',
    ],
    [
      'a duration beyond 12 hours',
      withMembers({ limits: { maxDurationSeconds: 43_201, maxSessions: 1 } }),
      'catalogue.json: [0].limits.maxDurationSeconds: ',
    ],
    [
      'no sessions',
      withMembers({ limits: { maxDurationSeconds: 600, maxSessions: 0 } }),
      'catalogue.json: [0].limits.maxSessions: ',
    ],
    ['a review on no day', withMembers({ reviewBy: '2027-02-30' }), 'catalogue.json: [0].reviewBy: must be a date'],
    [
      'a parameter that Writ fills in',
      withMembers({ parameters: { account: { type: 'id', description: 'd', example: 'x' } } }),
      'catalogue.json: [0].parameters.account: ',
    ],
    [
      'a parameter type with a pattern of its own',
      withMembers({ parameters: { customer: { type: '.*', description: 'd', example: 'x' } } }),
      'catalogue.json: [0].parameters.customer.type: ',
    ],
    ['an issuer of no domain', { 'issuers.json': swap('"support"', '"help"') }, 'issuers.json: [1].domain: '],
    ['a target in no account', { 'targets.json': swap('111122223333', '*') }, 'targets.json: shop.account: '],
  ])('%s', (_, change, problem) => {
    const problems = problemsOf(bundleDir(change));

    expect(problems.filter((text) => text.startsWith(problem))).not.toEqual([]);
  });

  test('a file that is missing', () => {
    const dir = bundleDir();
    rmSync(join(dir, 'approvals.json'));

    expect(problemsOf(dir)).toEqual([`approvals.json: can't be read in ${dir}`]);
  });

  test('all of them at once, also across files', () => {
    const problems = problemsOf(
      bundleDir({
        ...withMembers({ risk: 'none', owner: '' }),
        'targets.json': swap('us-east-1', 'mars'),
        'engineers.cedar': swap('permit', 'allow'),
      }),
    );

    expect(problems.map((problem) => problem.split(' ').slice(0, 2).join(' '))).toEqual([
      'catalogue.json: [0].risk:',
      'catalogue.json: [0].owner:',
      'targets.json: shop.region:',
      expect.stringMatching(/^engineers\.cedar:\d+: /) as string,
    ]);
  });
});
