import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ceilingProblems } from '../../../adapters/bundle/ceiling.ts';
import { covers, coversAction } from '../../../core/arn.ts';
import { ceilingOf, type AwsEntitlement } from '../../../core/entitlement.ts';
import type { Scope } from '../../../core/scope.ts';
import { compileSessionPolicy } from '../../../core/sessionPolicy.ts';
import { entitlementOf, sampleBundle } from '../cedar/fixtures.ts';

/*
 * Why overlaps are refused: the closing denies of one statement must not hit what another lends. An evaluator of the
 * few IAM elements that the compiler writes says what a compiled policy allows; a second one, what the ceiling means.
 */

interface Call {
  readonly action: string;
  readonly resource: string;
  /** The leading key, where the call carries one. */
  readonly key: string | undefined;
}

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: string | string[];
  readonly NotAction?: string[];
  readonly Resource?: string | string[];
  readonly NotResource?: string[];
  readonly Condition?: Record<string, Record<string, string | string[]>>;
}

function applies(statement: Statement, { action, resource, key }: Call): boolean {
  const { Action, NotAction, Resource, NotResource, Condition = {} } = statement;
  const hits = (patterns: string | string[] | undefined, match: (pattern: string) => boolean): boolean | undefined =>
    patterns === undefined ? undefined : [patterns].flat().some(match);
  const named = (pattern: string): boolean => coversAction(pattern, action);
  const onto = (pattern: string): boolean => covers(pattern, resource);
  return (
    (hits(Action, named) ?? !hits(NotAction, named)) &&
    (hits(Resource, onto) ?? !hits(NotResource, onto)) &&
    Object.entries(Condition).every(([operator, keys]) => {
      const wanted = Object.values(keys)[0] ?? '';
      switch (operator) {
        case 'ForAllValues:StringEquals':
          return key === undefined || wanted.includes(key);
        case 'ForAnyValue:StringNotEquals':
          return key !== undefined && !wanted.includes(key);
        case 'Null':
          return (key === undefined) === (wanted === 'true');
        case 'DateGreaterThanEquals': // the session has not expired
          return false;
        default:
          throw new Error(`the compiler writes ${operator} now: teach it to this test`);
      }
    })
  );
}

function allowed(policy: string, call: Call): boolean {
  const { Statement: statements } = JSON.parse(policy) as { Statement: Statement[] };
  const hit = statements.filter((statement) => applies(statement, call));
  return hit.length > 0 && hit.every(({ Effect }) => Effect === 'Allow');
}

const lent = (ceiling: Scope, { action, resource, key }: Call): boolean =>
  ceiling.some(
    (line) =>
      line.actions.some((pattern) => coversAction(pattern, action)) &&
      line.resources.some((pattern) => covers(pattern, resource)) &&
      (line.leadingKeys === undefined || (key !== undefined && line.leadingKeys.includes(key))),
  );

const target = sampleBundle.targets['shop'] ?? { account: '', region: '', externalId: '' };
const tableArn = (name: string): string => `arn:aws:dynamodb:${target.region}:${target.account}:table/${name}`;
const someOf = (...values: string[]) => fc.subarray(values, { minLength: 1 });

const ceilings: fc.Arbitrary<Scope> = fc.array(
  fc
    .record({
      actions: someOf('dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:getitem', 'dynamodb:Get*', 'dynamodb:Scan'),
      resources: someOf(...['a', 'b', 'a*', '*'].map(tableArn)),
      leadingKeys: fc.option(someOf('x', 'y'), { nil: undefined }),
    })
    .map(({ leadingKeys, ...line }) => (leadingKeys ? { ...line, leadingKeys } : line)),
  { minLength: 1, maxLength: 3 },
);
const calls: readonly Call[] = ['dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:Scan', 'dynamodb:PutItem'].flatMap(
  (action) =>
    ['a', 'ab', 'b', 'c'].flatMap((name) =>
      ['x', 'y', 'z', undefined].map((key) => ({ action, resource: tableArn(name), key })),
    ),
);

const sample = entitlementOf('orders-read') as AwsEntitlement;

test('a ceiling that is accepted compiles to exactly what it says', () => {
  let accepted = 0;
  fc.assert(
    fc.property(ceilings, (ceiling) => {
      const entitlement = { ...sample, ceiling, parameters: {} };
      if (ceilingProblems(entitlement, target).length > 0) return;
      accepted += 1;
      const policy = compileSessionPolicy(ceilingOf(entitlement, target, {}), 0);
      expect(calls.filter((call) => allowed(policy, call))).toEqual(calls.filter((call) => lent(ceiling, call)));
    }),
    { numRuns: 600, seed: 42 },
  );
  expect(accepted).toBeGreaterThan(40);
});
