import { describe, expect, test } from 'vitest';
import { createCedarEngine } from '../../../adapters/cedar/engine.ts';
import { loadInstalledWasm } from '../../../adapters/cedar/wasm.ts';
import type { ApproverSelector } from '../../../core/chain.ts';
import type { PolicyAction } from '../../../core/decision.ts';
import type { Entitlement } from '../../../core/entitlement.ts';
import type { Grant } from '../../../core/grant.ts';
import type { PolicyContext, PolicyResource } from '../../../core/ports.ts';
import { principalId } from '../../../core/principal.ts';
import { CONTEXT, NOW, approvalBy, bundleWith, entitlementOf, grantOf, person } from './fixtures.ts';

/* What questions to and about people tell a policy. */

const ID = (name: string) => principalId('admin', 'local-admin', name);
const alice = person('alice');
const sealed = person('alice', { authentication: { mfa: false, methods: [], sealedKey: 'a key' } });
const ordersWrite = entitlementOf('orders-write');

/** `onCall` of the sample: bob and heidi take turns of a week; on the day of these tests it is heidi's. */
const WEEK_MS = 7 * 24 * 3600 * 1000;

/** Whether a policy under this condition permits; its team lead's stage asks these. */
function allows(
  condition: string,
  resource: PolicyResource,
  {
    who = alice,
    action = 'approve',
    context = {},
    asked,
  }: {
    who?: typeof alice;
    action?: PolicyAction;
    context?: Partial<PolicyContext>;
    asked?: { approvers: ApproverSelector[]; later?: ApproverSelector[] };
  } = {},
): boolean {
  const bundle = bundleWith({ p: `@reason("r") permit (principal, action, resource) when { ${condition} };` });
  const chains = bundle.chains.map((chain) => {
    if (chain.id !== 'team-lead' || !asked) return chain;
    const { approvers, later } = asked;
    const stage = { name: 's', approvers, quorum: 1, timeoutSeconds: 3_600 };
    return {
      ...chain,
      stages: [{ ...stage, ...(later && { escalate: { afterSeconds: 60, approvers: later } }) }] as const,
    };
  });
  const verdict = createCedarEngine({ ...bundle, chains }, loadInstalledWasm).decide(who, action, resource, {
    ...CONTEXT,
    ...context,
  });
  expect(verdict.error).toBeUndefined();
  return verdict.allowed;
}

const about = (members: Partial<Grant> = {}, entitlement: Entitlement | undefined = ordersWrite): PolicyResource => ({
  type: 'grant',
  grant: { ...grantOf(alice, 'orders-write'), ...members },
  entitlement,
});
const offered = (entitlement: Entitlement): PolicyResource => ({ type: 'entitlement', entitlement });

describe('the circumstances', () => {
  test('the API, unless it came another way', () => {
    expect(allows('context.via == "api"', about())).toBe(true);
    expect(allows('context.via == "chat"', about(), { context: { via: 'chat' } })).toBe(true);
    expect(allows('context.via == "api"', offered(ordersWrite), { action: 'request' })).toBe(true);
    expect(allows('context.via == "api"', { type: 'system' }, { action: 'audit' })).toBe(true);
  });

  test.each<[PolicyAction, PolicyResource]>([
    ['breakGlass', offered(ordersWrite)],
    ['issue', about()],
    ['read', about()],
    ['administer', { type: 'system' }],
  ])('whether a sealed key signed: %s', (action, resource) => {
    expect(allows('context.sealed', resource, { action })).toBe(false);
    expect(allows('context.sealed', resource, { action, who: sealed })).toBe(true);
  });
});

describe('the entitlement', () => {
  test('the groups of every stage, early and late, and the owner where a stage asks them', () => {
    const asks = (group: string, approvers: ApproverSelector[], later?: ApproverSelector[]) =>
      allows(`resource.approvers.contains(Writ::Group::"admin:${group}")`, offered(ordersWrite), {
        action: 'request',
        asked: { approvers, ...(later && { later }) },
      });

    expect(asks('governance', [{ group: 'governance' }])).toBe(true);
    expect(asks('governance', [{ subject: true }], [{ group: 'governance' }])).toBe(true);
    expect(asks('team-leads', [{ owner: true }])).toBe(true);
    expect(asks('team-leads', [{ group: 'governance' }])).toBe(false);
  });

  test('its class of data, its target, and whether it is for emergencies', () => {
    const is = (condition: string, id: string) => allows(condition, offered(entitlementOf(id)), { action: 'request' });

    expect(is('resource.dataClass == "personal"', 'orders-read')).toBe(true);
    expect(is('resource has target && resource.target == "shop"', 'orders-read')).toBe(true);
    expect(is('resource has target', 'act-for-customer')).toBe(false);
    expect(is('resource.breakGlass', 'break-glass')).toBe(true);
    expect(is('resource.breakGlass', 'account-admin')).toBe(false);
    expect(is('resource.breakGlass', 'act-for-customer')).toBe(false);
  });

  test('whom it would act for, asked for and at issuance', () => {
    const erin = principalId('customer', 'local-customer', 'erin');
    const condition = 'context has subject && context.subject == "customer:local-customer:erin"';
    const act = entitlementOf('act-for-customer');
    const grant = grantOf(alice, act.id);

    expect(allows(condition, offered(act), { action: 'request', context: { subject: erin } })).toBe(true);
    expect(allows(condition, offered(act), { action: 'request' })).toBe(false);
    const granted = { ...grant, request: { ...grant.request, subject: erin } };
    expect(allows(condition, { type: 'grant', grant: granted, entitlement: act }, { action: 'issue' })).toBe(true);
  });
});

describe('the grant', () => {
  const named = (name: string, approvers: ApproverSelector[], given: Partial<PolicyContext> = {}) =>
    allows(`resource.named.contains(Writ::Principal::"${ID(name)}")`, about(), {
      asked: { approvers, later: [{ group: 'team-leads' }] },
      context: given,
    });

  test('who is asked by name', () => {
    expect(named('grace', [{ person: ID('grace') }])).toBe(true);
    expect(named('carol', [{ person: ID('grace') }])).toBe(false);
    // Through a group, nobody is named.
    expect(named('bob', [{ group: 'team-leads' }])).toBe(false);
  });

  test('whose turn it is, and only theirs', () => {
    const onCall: ApproverSelector[] = [{ onCall: 'shop-on-call' }];

    expect([named('bob', onCall), named('heidi', onCall)]).toEqual([false, true]);
    const nextWeek = { now: NOW + WEEK_MS };
    expect([named('bob', onCall, nextWeek), named('heidi', onCall, nextWeek)]).toEqual([true, false]);
    expect(named('bob', onCall, { now: Date.UTC(2025, 0, 1) })).toBe(false);
  });

  test('nobody by name where the catalogue has it no longer', () => {
    const gone: PolicyResource = { type: 'grant', grant: grantOf(alice, 'orders-gone'), entitlement: undefined };

    expect(allows('resource.named.isEmpty() && !(resource has entitlement)', gone)).toBe(true);
  });

  test('the persons who decided, either way, withdrawn or not, about extensions too', () => {
    const [bob, carol, grace] = [person('bob'), person('carol'), person('grace')];
    const extension = {
      id: 'ext_01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
      durationSeconds: 60,
      justification: 'a test',
      requestedAt: NOW,
      requestSha256: '0'.repeat(64),
      decision: grantOf(alice, 'orders-write').decision,
      state: { status: 'denied', at: NOW },
      approvals: [approvalBy(grace, 'deny')],
    } as const;
    const decided = about({
      approvals: [approvalBy(bob, 'deny'), { ...approvalBy(carol), withdrawnAt: NOW }],
      extensions: [extension],
    });

    expect(allows('resource.approverPersons == ["bob", "carol", "grace"]', decided)).toBe(true);
    expect(allows('resource.approverPersons.isEmpty()', about())).toBe(true);
  });

  test('the subject, where it acts for one', () => {
    const erin = principalId('customer', 'local-customer', 'erin');
    const { request } = grantOf(alice, 'orders-write');
    const condition = `resource has subject && resource.subject == Writ::Principal::"${erin}"`;

    expect(allows(condition, about({ request: { ...request, subject: erin } }))).toBe(true);
    expect(allows(condition, about())).toBe(false);
  });
});
