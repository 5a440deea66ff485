import { describe, expect, test } from 'vitest';
import { bundleDir, problemsOf, swap, type Change } from './bundleDir.ts';

describe('policies that must not be used', () => {
  const GOOD = '@id("good") @reason("r") permit (principal, action, resource);';
  const withPolicies = (text: string) => ({ 'engineers.cedar': () => text });

  test.each<[string, Change, RegExp]>([
    [
      'a syntax error',
      withPolicies(`${GOOD}\npermit (principal, action`),
      /^engineers\.cedar:2: unexpected end of input/,
    ],
    ['no id', withPolicies('@reason("r") permit (principal, action, resource);'), /needs an @id of lower-case/],
    [
      'an id that is none',
      withPolicies(GOOD.replace('good', 'Not Good')),
      /policy `Not Good` needs an @id of lower-case/,
    ],
    ['no reason', withPolicies('@id("good") permit (principal, action, resource);'), /policy `good` needs a @reason/],
    [
      'a forbid without advice',
      withPolicies(GOOD.replace('permit', 'forbid')),
      /^engineers\.cedar: policy `good` needs a @remediation: what to do about the denial$/,
    ],
    [
      'an id of another file',
      withPolicies(GOOD.replace('good', 'auditors-audit')),
      /^engineers\.cedar: policy `auditors-audit` has the same @id as a policy of duties\.cedar$/,
    ],
    ['a template', withPolicies(GOOD.replace('principal', 'principal == ?principal')), /templates .* are not used$/],
    [
      'an attribute that the schema does not have',
      withPolicies(GOOD.replace(';', ' when { principal.age > 17 };')),
      /^engineers\.cedar: for policy `good`, attribute `age` .* not found/,
    ],
    [
      'an optional attribute that is not asked for first',
      withPolicies(
        '@id("good") @reason("r") permit (principal, action == Writ::Action::"request", resource) when { context.ticket == "x" };',
      ),
      /^engineers\.cedar: for policy `good`, unable to guarantee safety of access to optional attribute `ticket`/,
    ],
    [
      'an action that there is not',
      withPolicies(GOOD.replace('action', 'action == Writ::Action::"own"')),
      /^engineers\.cedar: for policy `good`, unrecognized action `Writ::Action::"own"`/,
    ],
    [
      'a policy that can never apply',
      withPolicies(GOOD.replace(';', ' when { false };')),
      /^engineers\.cedar: for policy `good`, policy is impossible/,
    ],
    ['a schema that is none', { 'schema.cedarschema': (text) => `${text}}` }, /^schema\.cedarschema:\d+: /],
    [
      'an action group',
      { 'schema.cedarschema': swap('action revoke', 'action use;\n  action revoke in [use]') },
      /^schema\.cedarschema: action `revoke` is in a group; name the actions in each policy instead$/,
    ],
  ])('%s', (_, change, problem) => {
    const problems = problemsOf(bundleDir(change));

    expect(problems.filter((text) => problem.test(text))).toHaveLength(1);
  });

  test('none at all', () => {
    const none = () => '// nothing';
    const dir = bundleDir({
      'engineers.cedar': none,
      'borders.cedar': none,
      'clients.cedar': none,
      'approvals.cedar': none,
      'break-glass.cedar': none,
      'support.cedar': none,
      'authentication.cedar': none,
      'grants.cedar': none,
      'duties.cedar': none,
    });

    expect(problemsOf(dir)).toEqual(['no *.cedar file has a policy: nothing is allowed']);
  });
});
