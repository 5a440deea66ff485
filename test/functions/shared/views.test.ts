import { describe, expect, it } from 'vitest';
import { entitlementSchema } from '../../../contract/schemas.ts';
import { entitlementView } from '../../../functions/shared/views.ts';
import { entitlementOf } from '../../adapters/cedar/fixtures.ts';

const decision = { outcome: 'allowed', policies: [], reasons: [], bundleSha256: 'b'.repeat(64) } as const;
const viewOf = (id: string) => entitlementView({ entitlement: entitlementOf(id), approvers: [], decision });

describe('the view of an entitlement', () => {
  it('says how its tokens work', () => {
    const view = viewOf('billing-report');
    expect(view).toMatchObject({
      kind: 'token',
      tokens: {
        audiences: ['https://billing.example.com'],
        scopes: ['reports:read', 'reports:export'],
        authorizationDetails: [
          {
            type: 'billing_report',
            locations: ['https://billing.example.com'],
            identifier: '{customer}',
            actions: ['read', 'export'],
          },
        ],
        lifetimeSeconds: 300,
        refresh: true,
        bearer: false,
        lentOn: 2,
        bind: [],
      },
    });
    expect(view.tokens).not.toHaveProperty('maxUsesPerToken');
    expect([view.console, view.breakGlass, view.account]).toEqual([false, false, undefined]);
  });

  it('says how often they may be used', () => {
    expect(viewOf('refund-order')).toMatchObject({ limits: { maxUses: 1 }, tokens: { maxUsesPerToken: 1, lentOn: 0 } });
  });

  it('tells of an impersonation what it tells of tokens, and whom it is for', () => {
    const view = viewOf('act-for-customer');
    expect(view).toMatchObject({ subjectDomain: 'customer', tokens: { refresh: false, bearer: false, lentOn: 0 } });
    expect(view.tokens).not.toHaveProperty('authorizationDetails');
  });

  it('says nothing of tokens where a role is lent', () => {
    expect(viewOf('orders-read')).not.toHaveProperty('tokens');
  });

  it.each(['billing-report', 'refund-order', 'act-for-customer', 'orders-read'])('keeps to the contract: %s', (id) => {
    const view = viewOf(id);
    expect(entitlementSchema.strict().parse(view)).toEqual(view);
  });
});
