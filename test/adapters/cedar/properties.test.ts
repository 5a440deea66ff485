import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCedarEngine } from '../../../adapters/cedar/engine.ts';
import { loadInstalledWasm } from '../../../adapters/cedar/wasm.ts';
import { bundleWith, sampleBundle } from './fixtures.ts';
import { contexts, entitlements, grantQuestions, principals, questions } from './questions.ts';

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

const ROUNDS = { numRuns: 500 };

test('only the admin domain ever uses, revokes, audits or administers anything, but for acting for a customer', () => {
  const outsiders = principals.filter(({ domain }) => domain !== 'admin');
  fc.assert(
    fc.property(outsiders, questions, contexts, (principal, { action, resource }, context) => {
      const { allowed } = sample.decide(principal, action, resource, context);
      if (!allowed) return;
      const request = resource.type === 'grant' ? resource.grant.request : undefined;
      const isOwn = action === 'read' && request?.requester.id === principal.id;
      const isSubject = ['read', 'consent', 'revoke'].includes(action) && request?.subject === principal.id;
      const isSupport =
        ['request', 'extend', 'issue'].includes(action) &&
        principal.domain === 'support' &&
        resource.type !== 'system' &&
        resource.entitlement?.id === 'act-for-customer';
      expect(isOwn || isSubject || isSupport).toBe(true);
    }),
    ROUNDS,
  );
});

test('nobody decides about, or audits, what they asked for or decided, under any account', () => {
  const acts = grantQuestions.filter(({ action }) => ['approve', 'consent', 'review', 'audit'].includes(action));
  fc.assert(
    fc.property(principals, acts, contexts, (principal, { action, resource }, context) => {
      if (resource.type !== 'grant' || !sample.decide(principal, action, resource, context).allowed) return;
      const { request, approvals } = resource.grant;
      expect(request.requester.person).not.toBe(principal.person);
      if (action === 'audit') expect(approvals.map(({ by }) => by.person)).not.toContain(principal.person);
    }),
    ROUNDS,
  );
});

test('a sealed key opens break-glass, sees it and decides it; nothing else opens it', () => {
  fc.assert(
    fc.property(principals, questions, contexts, (principal, { action, resource }, context) => {
      if (!sample.decide(principal, action, resource, context).allowed) return;
      const isSealed = principal.authentication.sealedKey !== undefined;
      if (action === 'breakGlass') expect(isSealed).toBe(true);
      const entitlement = resource.type === 'system' ? undefined : resource.entitlement;
      const isReady = entitlement?.kind === 'aws' && entitlement.breakGlass !== undefined;
      if (isReady) expect(['request', 'extend', 'autoApprove']).not.toContain(action);
      if (!isSealed) return;
      const isOwn = resource.type === 'grant' && resource.grant.request.requester.id === principal.id;
      expect(isReady || (action === 'read' && isOwn)).toBe(true);
      expect(['breakGlass', 'issue', 'approve', 'read']).toContain(action);
    }),
    ROUNDS,
  );
});

test('what is critical is never given without people', () => {
  const critical = entitlements.filter(({ risk }) => risk === 'critical');
  fc.assert(
    fc.property(principals, critical, contexts, (principal, entitlement, context) => {
      const verdict = sample.decide(principal, 'autoApprove', { type: 'entitlement', entitlement }, context);
      expect(verdict.allowed).toBe(false);
    }),
    ROUNDS,
  );
});

test('from chat, nobody decides about high or critical risk', () => {
  const acts = grantQuestions.filter(({ action }) => action === 'approve' || action === 'consent');
  fc.assert(
    fc.property(principals, acts, contexts, (principal, { action, resource }, context) => {
      if (resource.type !== 'grant') return;
      const { allowed } = sample.decide(principal, action, resource, { ...context, via: 'chat' });
      if (allowed) expect(['low', 'medium']).toContain(resource.entitlement?.risk ?? 'low');
    }),
    ROUNDS,
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
