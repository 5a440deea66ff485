import { policyToJson } from '@cedar-policy/cedar-wasm/web';
import { describe, expect, test } from 'vitest';
import { createCedarEngine } from '../../../adapters/cedar/engine.ts';
import { isAbout } from '../../../adapters/cedar/scopes.ts';
import { loadInstalledWasm, startCedar } from '../../../adapters/cedar/wasm.ts';
import { bundleWith, CONTEXT, entitlementOf, person, sampleBundle } from './fixtures.ts';

startCedar(loadInstalledWasm);

describe('the policies that can have a say about an action', () => {
  const idsFor = (policies: Readonly<Record<string, string>>, action: 'request' | 'issue'): string[] =>
    Object.entries(policies)
      .filter(([, text]) => {
        const answer = policyToJson(text);
        return isAbout(answer.type === 'success' ? answer.json : undefined, action);
      })
      .map(([id]) => id);

  test.each<[string, string, boolean]>([
    ['that names none', 'permit (principal, action, resource);', true],
    ['that names it', 'permit (principal, action == Writ::Action::"request", resource);', true],
    ['that names another', 'permit (principal, action == Writ::Action::"issue", resource);', false],
    [
      'with it in a list',
      'forbid (principal, action in [Writ::Action::"issue", Writ::Action::"request"], resource);',
      true,
    ],
    [
      'with others in a list',
      'forbid (principal, action in [Writ::Action::"issue", Writ::Action::"read"], resource);',
      false,
    ],
    ['that is in it', 'forbid (principal, action in Writ::Action::"request", resource);', true],
    ['of a namespace that is not ours', 'forbid (principal, action == Other::Action::"issue", resource);', true],
    ['with an empty list', 'forbid (principal, action in [], resource);', true],
    [
      'that names others in a condition alone',
      'permit (principal, action, resource) when { action == Writ::Action::"issue" };',
      true,
    ],
    ['that does not parse', 'permit nothing', true],
  ])('a policy %s', (_, text, kept) => {
    expect(idsFor({ policy: text }, 'request')).toEqual(kept ? ['policy'] : []);
  });

  test('are far fewer than all of the sample bundle', () => {
    const all = Object.keys(sampleBundle.policies);
    expect(idsFor(sampleBundle.policies, 'issue').length).toBeLessThan(all.length / 2);
  });
});

describe('an engine that was asked often', () => {
  const TIMES = 30;
  const alice = person('alice');
  const ordersRead = { type: 'entitlement', entitlement: entitlementOf('orders-read') } as const;

  test.each<[string, Readonly<Record<string, string>>]>([
    ['of the sample bundle', sampleBundle.policies],
    ['without any policy about the action', { other: 'permit (principal, action == Writ::Action::"read", resource);' }],
    [
      'with a forbid by list',
      {
        all: '@reason("All.") permit (principal, action, resource);',
        not: '@reason("No.") @remediation("Ask.") forbid (principal, action in [Writ::Action::"request", Writ::Action::"issue"], resource);',
      },
    ],
    [
      'with a forbid that fails',
      {
        all: '@reason("All.") permit (principal, action, resource);',
        fails: 'forbid (principal, action == Writ::Action::"request", resource) when { context.nothing };',
      },
    ],
  ])('says the same as at first: %s', (_, policies) => {
    const engine = createCedarEngine(bundleWith(policies), loadInstalledWasm);
    for (const action of ['request', 'autoApprove', 'extend'] as const) {
      const answers = Array.from({ length: TIMES }, () => engine.decide(alice, action, ordersRead, CONTEXT));
      for (const answer of answers) expect(answer).toEqual(answers[0]);
    }
  });
});
