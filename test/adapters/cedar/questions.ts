import fc from 'fast-check';
import type { PolicyAction } from '../../../core/decision.ts';
import type { PolicyResource } from '../../../core/ports.ts';
import { DOMAINS, type Principal } from '../../../core/principal.ts';
import { NOW, approvalBy, grantOf, person, sampleBundle } from './fixtures.ts';

/** Questions of all kinds about the sample bundle. */

export const principals: fc.Arbitrary<Principal> = fc
  .record({
    subject: fc.constantFrom('alice', 'bob', 'carol'),
    domain: fc.constantFrom(...DOMAINS),
    groups: fc.subarray([
      'engineers',
      'team-leads',
      'security-admins',
      'auditors',
      'support',
      'governance',
      'break-glass',
    ]),
    project: fc.constantFrom('shop', 'billing'),
    mfa: fc.boolean(),
    sealed: fc.boolean(),
    ageSeconds: fc.option(fc.integer({ min: 0, max: 3_600 }), { nil: undefined }),
  })
  .map(({ subject, domain, groups, project, mfa, sealed, ageSeconds }) =>
    person(subject, {
      domain,
      groups,
      project,
      authentication: {
        mfa,
        methods: [],
        ...(sealed && { sealedKey: 'a key' }),
        ...(ageSeconds !== undefined && { at: NOW - ageSeconds * 1000 }),
      },
    }),
  );

export const entitlements = fc.constantFrom(...sampleBundle.catalogue);
const entitlementQuestions = fc.record({
  action: fc.constantFrom<PolicyAction>('request', 'autoApprove', 'extend', 'breakGlass'),
  resource: entitlements.map((entitlement): PolicyResource => ({ type: 'entitlement', entitlement })),
});
const grants = fc
  .record({
    id: fc.constantFrom('grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H', 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8J'),
    entitlement: entitlements,
    requester: principals,
    subject: principals,
    decided: fc.array(principals),
  })
  .map(({ id, entitlement, requester, subject, decided }) => {
    const grant = { ...grantOf(requester, entitlement.id), id };
    const acting = entitlement.kind === 'impersonation' && { subject: subject.id };
    return {
      entitlement,
      grant: { ...grant, request: { ...grant.request, ...acting }, approvals: decided.map((one) => approvalBy(one)) },
    };
  });
export const grantQuestions = fc.record({
  action: fc.constantFrom<PolicyAction>('issue', 'delegate', 'read', 'revoke', 'audit', 'approve', 'consent', 'review'),
  resource: fc.tuple(grants, fc.boolean()).map(([{ grant, entitlement }, kept]): PolicyResource => ({
    type: 'grant',
    grant,
    entitlement: kept ? entitlement : undefined,
  })),
});
const systemQuestions = fc.record({
  action: fc.constantFrom<PolicyAction>('read', 'audit', 'administer'),
  resource: fc.constant<PolicyResource>({ type: 'system' }),
});
export const questions = fc.oneof(entitlementQuestions, grantQuestions, systemQuestions);
export const contexts = fc.record({
  now: fc.constant(NOW),
  sourceIp: fc.constantFrom('192.0.2.7', '2001:db8::7', '::ffff:192.0.2.7', '::1'),
  via: fc.constantFrom('api', 'chat', 'sealed'),
});
