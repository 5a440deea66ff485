import { describe, expect, it } from 'vitest';
import type { TokenEntitlement } from '../../../core/entitlement.ts';
import { approverBrief } from '../../../core/usecases/approverBrief.ts';
import { issueSession } from '../../../core/usecases/issueSession.ts';
import { ALICE, BUNDLE, createWorld, ORDERS, PIPELINE, PIPELINES_CLIENT, refusal } from './world.ts';

const AUDIENCE = 'https://billing.example';
const REPORT: TokenEntitlement = {
  id: 'billing-report',
  kind: 'token',
  title: 'Read reports',
  description: 'Reads one customer’s reports.',
  consequences: ['You see what they paid.'],
  project: 'shop',
  domains: ['admin', 'workload'],
  risk: 'low',
  dataClass: 'personal',
  owner: 'team-leads',
  ceiling: [{ actions: ['reports:read', 'reports:export'], resources: [AUDIENCE] }],
  parameters: ORDERS.parameters,
  authorizationDetails: [{ type: 'billing_report', identifier: '{customer}', actions: ['read'] }],
  terms: { lifetimeSeconds: 300, maxUsesPerToken: 1, refresh: true, bearer: false, maxDepth: 2, bind: [] },
  limits: { maxDurationSeconds: 3600, maxSessions: 3, maxUses: 5 },
  reviewBy: '2027-01-01',
};
const PLAIN: TokenEntitlement = {
  ...REPORT,
  id: 'billing-plain',
  parameters: {},
  authorizationDetails: [],
  limits: { maxDurationSeconds: 3600, maxSessions: 3 },
};

function tokenWorld(client = PIPELINES_CLIENT) {
  const world = createWorld();
  world.bundle = { ...BUNDLE, catalogue: [...BUNDLE.catalogue, REPORT, PLAIN], clients: [client] };
  return world;
}
const ASKED = { entitlement: 'billing-report' };

describe('asking for tokens', () => {
  it('fills in what they say in detail, counts their uses, and has no role', async () => {
    const grant = await tokenWorld().request(ASKED);
    expect(grant).toMatchObject({
      state: { status: 'active' },
      scope: [{ actions: ['reports:read', 'reports:export'], resources: [AUDIENCE] }],
      request: { details: [{ type: 'billing_report', identifier: 'C-42', actions: ['read'] }] },
      uses: { spent: 0, max: 5 },
    });
    expect([grant.roleArn, grant.request.client, grant.request.subject]).toEqual([undefined, undefined, undefined]);
  });

  it('says nothing in detail, and counts nothing, where the entitlement does not', async () => {
    const grant = await tokenWorld().request({ entitlement: 'billing-plain', parameters: {} });
    expect(grant.uses).toEqual({ spent: 0 });
    expect(grant.request).not.toHaveProperty('details');
  });

  it('may be for fewer scopes, and for no others', async () => {
    const world = tokenWorld();
    const scope = [{ actions: ['reports:read'], resources: [AUDIENCE] }];
    expect((await world.request({ ...ASKED, scope })).scope).toEqual(scope);
    for (const other of [
      [{ actions: ['reports:delete'], resources: [AUDIENCE] }],
      [{ actions: ['reports:read'], resources: ['https://shop.example'] }],
      [{ actions: ['reports:*'], resources: [AUDIENCE] }],
      [{ actions: ['reports:read'], resources: ['*'] }],
      [{ actions: ['Reports:Read'], resources: [AUDIENCE] }],
    ]) {
      expect(await refusal(world.request({ ...ASKED, scope: other }))).toBe('scope_exceeds_entitlement');
    }
  });

  it('acts for nobody', async () => {
    expect(await refusal(tokenWorld().request({ ...ASKED, subject: 'customer:test:erin' }))).toBe('invalid_request');
  });

  it('gives no AWS session', async () => {
    const world = tokenWorld();
    const { id } = await world.request(ASKED);
    const asked = issueSession(world, ALICE, id, 'api');
    await expect(asked).rejects.toThrow('`billing-report` is used by delegation tokens: it has no AWS session');
    expect(world.assumed).toEqual([]);
  });
});

describe('a registered client that asks', () => {
  it('is noted with its grant', async () => {
    const grant = await tokenWorld().request(ASKED, PIPELINE);
    expect(grant.request).toMatchObject({ client: 'pipeline', requester: { id: 'workload:test:ci' } });
  });

  it('gets nothing while it is suspended', async () => {
    const world = tokenWorld({ ...PIPELINES_CLIENT, status: 'suspended' });
    expect(await refusal(world.request(ASKED, PIPELINE))).toBe('forbidden');
    expect((await world.request(ASKED, ALICE)).state.status).toBe('active');
  });
});

describe('the brief of tokens', () => {
  it('names who takes them, and says how they work', async () => {
    const world = tokenWorld();
    world.permit('read');
    const { id } = await world.request(ASKED);
    const brief = await approverBrief({ ...world, tickets: { lookUp: async () => undefined } }, ALICE, id);
    expect(brief).toMatchObject({
      audiences: [AUDIENCE],
      consequences: [
        'You see what they paid.',
        `It is used by tokens for ${AUDIENCE}, each good for at most 300 seconds. It is renewed without asking again while the grant lasts.`,
        'It can be used 5 times in all.',
        'Each token works once.',
        'A token works only for the client that it was given to.',
        'It can be lent on, from hand to hand 2 times at most.',
      ],
    });
    expect(brief.sessionPolicy).toBeUndefined();
  });

  it('has no audiences for an AWS role', async () => {
    const world = tokenWorld();
    world.permit('read');
    const { id } = await world.request();
    const brief = await approverBrief({ ...world, tickets: { lookUp: async () => undefined } }, ALICE, id);
    expect([brief.audiences, brief.consequences]).toEqual([[], []]);
  });
});
