import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCedarEngine } from '../../../adapters/cedar/engine.ts';
import { loadInstalledWasm } from '../../../adapters/cedar/wasm.ts';
import type { PolicyAction } from '../../../core/decision.ts';
import type { PolicyResource } from '../../../core/ports.ts';
import { DOMAINS, type Principal } from '../../../core/principal.ts';
import { NOW, bundleWith, grantOf, person, sampleBundle } from './fixtures.ts';

const principals: fc.Arbitrary<Principal> = fc
  .record({
    subject: fc.constantFrom('alice', 'bob', 'carol'),
    domain: fc.constantFrom(...DOMAINS),
    groups: fc.subarray(['engineers', 'team-leads', 'security-admins', 'auditors', 'support']),
    project: fc.constantFrom('shop', 'billing'),
    mfa: fc.boolean(),
    ageSeconds: fc.option(fc.integer({ min: 0, max: 3_600 }), { nil: undefined }),
  })
  .map(({ subject, domain, groups, project, mfa, ageSeconds }) =>
    person(subject, {
      domain,
      groups,
      project,
      authentication: { mfa, methods: [], ...(ageSeconds !== undefined && { at: NOW - ageSeconds * 1000 }) },
    }),
  );

const entitlements = fc.constantFrom(...sampleBundle.catalogue);
const entitlementQuestions = fc.record({
  action: fc.constantFrom<PolicyAction>('request', 'autoApprove'),
  resource: entitlements.map((entitlement): PolicyResource => ({ type: 'entitlement', entitlement })),
});
const grantQuestions = fc.record({
  action: fc.constantFrom<PolicyAction>('issue', 'read', 'revoke', 'audit'),
  resource: fc.tuple(entitlements, principals, fc.boolean()).map(([entitlement, requester, kept]): PolicyResource => ({
    type: 'grant',
    grant: grantOf(requester, entitlement.id),
    entitlement: kept ? entitlement : undefined,
  })),
});
const systemQuestions = fc.record({
  action: fc.constantFrom<PolicyAction>('read', 'audit', 'administer'),
  resource: fc.constant<PolicyResource>({ type: 'system' }),
});
const questions = fc.oneof(entitlementQuestions, grantQuestions, systemQuestions);
const contexts = fc.record({
  now: fc.constant(NOW),
  sourceIp: fc.constantFrom('192.0.2.7', '2001:db8::7', '::ffff:192.0.2.7', '::1'),
});

/** Well-formed, failing and never-matching forbids alike. */
const forbids = fc
  .record({
    scope: fc.constantFrom('principal', 'principal in Writ::Group::"admin:engineers"'),
    on: fc.constantFrom('resource', 'resource is Writ::Entitlement', 'resource is Writ::Grant'),
    when: fc.constantFrom(
      'true',
      'false',
      'context.mfa',
      'context.hour < 12',
      'resource.project == "shop"',
      'principal.missing',
      'context.hour * 9223372036854775807 > 1',
    ),
  })
  .map(({ scope, on, when }) => `@reason("r") @remediation("m") forbid (${scope}, action, ${on}) when { ${when} };`);

const sample = createCedarEngine(sampleBundle, loadInstalledWasm);

test('one more forbid never turns a denial into an allowance', () => {
  fc.assert(
    fc.property(forbids, principals, questions, contexts, (forbid, principal, { action, resource }, context) => {
      const stricter = createCedarEngine(bundleWith({ ...sampleBundle.policies, extra: forbid }), loadInstalledWasm);
      const before = sample.decide(principal, action, resource, context).allowed;
      const after = stricter.decide(principal, action, resource, context).allowed;
      expect(after && !before).toBe(false);
    }),
    { numRuns: 150 },
  );
});

test('the sample policies answer every question without a failure, with a reason, and with advice when they deny', () => {
  fc.assert(
    fc.property(principals, questions, contexts, (principal, { action, resource }, context) => {
      const verdict = sample.decide(principal, action, resource, context);
      expect(verdict.error).toBeUndefined();
      expect(verdict.reasons.length).toBeGreaterThan(0);
      expect(verdict.remediation === undefined).toBe(verdict.allowed);
    }),
    { numRuns: 300 },
  );
});

test('only the admin domain ever uses, revokes, audits or administers anything', () => {
  const outsiders = principals.filter(({ domain }) => domain !== 'admin');
  fc.assert(
    fc.property(outsiders, questions, contexts, (principal, { action, resource }, context) => {
      const { allowed } = sample.decide(principal, action, resource, context);
      const own = resource.type === 'grant' && resource.grant.request.requester.id === principal.id;
      expect(allowed).toBe(action === 'read' && own);
    }),
    { numRuns: 300 },
  );
});

test('an auditor never does anything but look', () => {
  const auditors = principals
    .filter(({ domain }) => domain === 'admin')
    .map((principal) => ({ ...principal, groups: [...new Set([...principal.groups, 'auditors'])] }));
  const acts = questions.filter(({ action }) => action !== 'read' && action !== 'audit');
  fc.assert(
    fc.property(auditors, acts, contexts, (principal, { action, resource }, context) => {
      expect(sample.decide(principal, action, resource, context).allowed).toBe(false);
    }),
    { numRuns: 300 },
  );
});
