import { createHash } from 'node:crypto';
import { createMemoryAuditReader } from '../../../adapters/memory/memoryAuditReader.ts';
import {
  createMemoryApprovalLists,
  createMemoryConsents,
  createMemoryOnce,
  createMemorySealedKeys,
  createMemoryWaits,
} from '../../../adapters/memory/memoryApprovalStores.ts';
import { createMemoryGrantStore } from '../../../adapters/memory/memoryGrantStore.ts';
import { createMemoryState } from '../../../adapters/memory/state.ts';
import type { PolicyBundle } from '../../../core/bundle.ts';
import type { DirectoryPerson } from '../../../core/chain.ts';
import type { PolicyAction, Verdict } from '../../../core/decision.ts';
import type { AwsEntitlement, Entitlement } from '../../../core/entitlement.ts';
import { WritError } from '../../../core/errors.ts';
import type { Grant } from '../../../core/grant.ts';
import type { AssumeOutcome, AssumeRequest } from '../../../core/ports.ts';
import type { Domain, Principal } from '../../../core/principal.ts';
import { principalId } from '../../../core/principal.ts';
import type { Answer, Caller } from '../../../core/usecases/deps.ts';
import type { GrantAsk } from '../../../core/usecases/requestGrant.ts';
import { requestGrant } from '../../../core/usecases/requestGrant.ts';
import { clientWith } from '../clientFixture.ts';
import { NOW } from '../fixtures.ts';

/** Use cases over the memory store, a policy engine that says what it is told, and a broker that does. */

export const ORDERS: AwsEntitlement = {
  id: 'orders-read',
  kind: 'aws',
  title: 'Read orders',
  description: 'Reads one customer’s orders.',
  consequences: [],
  project: 'shop',
  domains: ['admin'],
  risk: 'low',
  dataClass: 'personal',
  owner: 'team-leads',
  target: 'shop',
  ceiling: [
    {
      actions: ['dynamodb:GetItem', 'dynamodb:Query'],
      resources: ['arn:aws:dynamodb:{region}:{account}:table/orders'],
      leadingKeys: ['{customer}'],
    },
  ],
  parameters: { customer: { type: 'id', description: 'whose', example: 'C-42' } },
  limits: { maxDurationSeconds: 3600, maxSessions: 3 },
  console: true,
  approvals: 'leads',
  reviewBy: '2027-01-01',
};

export const ACT_FOR: Entitlement = {
  id: 'act-for-customer',
  kind: 'impersonation',
  title: 'Act for a customer',
  description: 'Changes one customer’s settings.',
  consequences: [],
  project: 'shop',
  domains: ['admin'],
  risk: 'medium',
  dataClass: 'personal',
  owner: 'team-leads',
  audience: 'https://support.example',
  subjectDomain: 'customer',
  ceiling: [{ actions: ['settings:read', 'password:reset'], resources: ['https://support.example'] }],
  parameters: {},
  terms: { lifetimeSeconds: 300, refresh: false, bearer: false, maxDepth: 0, bind: [] },
  limits: { maxDurationSeconds: 3600, maxSessions: 3 },
  approvals: 'consent',
  reviewBy: '2027-01-01',
};

const listed = (name: string, ...groups: string[]): DirectoryPerson => ({
  id: principalId('admin', 'test', name),
  person: name,
  name: `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
  groups,
  projects: ['shop'],
});

export const BUNDLE: PolicyBundle = {
  sha256: 'b'.repeat(64),
  schema: '',
  policies: {},
  catalogue: [
    ORDERS,
    { ...ORDERS, id: 'orders-quiet', console: false },
    { ...ORDERS, id: 'orders-staged', approvals: 'two-stages', limits: { ...ORDERS.limits, maxTotalSeconds: 7200 } },
    {
      ...ORDERS,
      id: 'orders-nightly',
      windows: [{ days: ['sat'], from: '22:00', to: '23:00', zone: 'UTC' }],
    },
    ACT_FOR,
  ],
  chains: [
    { id: 'leads', stages: [{ name: 'lead', approvers: [{ group: 'team-leads' }], quorum: 1, timeoutSeconds: 3600 }] },
    {
      id: 'two-stages',
      stages: [
        {
          name: 'lead',
          approvers: [{ group: 'team-leads' }],
          quorum: 1,
          timeoutSeconds: 14_400,
          remindAfterSeconds: [3600],
          escalate: { afterSeconds: 7200, approvers: [{ group: 'security-admins' }] },
        },
        { name: 'security', approvers: [{ group: 'security-admins' }], quorum: 1, timeoutSeconds: 7200 },
      ],
    },
    {
      id: 'consent',
      stages: [
        {
          name: 'subject',
          approvers: [{ subject: true }],
          quorum: 1,
          timeoutSeconds: 3600,
          escalate: { afterSeconds: 900, approvers: [{ group: 'security-admins' }] },
        },
      ],
    },
  ],
  directory: {
    people: [
      listed('bob', 'team-leads'),
      { ...listed('bob-admin', 'team-leads'), person: 'bob', name: 'Bob' },
      listed('carol', 'security-admins'),
      listed('heidi', 'team-leads'),
      listed('alice'),
    ],
    schedules: [],
  },
  channels: [],
  issuers: [],
  clients: [],
  targets: { shop: { account: '111122223333', region: 'us-east-1', externalId: 'writ-ext' } },
};

export const caller = (name: string): Caller => ({
  sourceIp: '192.0.2.1',
  principal: {
    id: principalId('admin', 'test', name),
    domain: 'admin',
    issuer: 'test',
    subject: name,
    person: name,
    groups: [],
    project: 'shop',
    authentication: { mfa: false, methods: [] },
  } satisfies Principal,
});

export const ALICE = caller('alice');
export const MALLORY = caller('mallory');
export const BOB = inGroups(caller('bob'), 'team-leads');
export const CAROL = inGroups(caller('carol'), 'security-admins');
export const HEIDI = inGroups(caller('heidi'), 'team-leads');
/** Bob's second account. */
export const BOB_ADMIN = asPerson(inGroups(caller('bob-admin'), 'team-leads'), 'bob');
export const ERIN: Caller = inDomain(caller('erin'), 'customer');
/** What a registered client is as a caller. */
export const PIPELINE: Caller = inDomain(caller('ci'), 'workload');
export const PIPELINES_CLIENT = clientWith({
  id: 'pipeline',
  authentication: { method: 'federated', issuer: 'test', subject: 'ci' },
});

function inGroups({ principal, ...rest }: Caller, ...groups: string[]): Caller {
  return { ...rest, principal: { ...principal, groups } };
}

function asPerson({ principal, ...rest }: Caller, person: string): Caller {
  return { ...rest, principal: { ...principal, person } };
}

function inDomain({ principal, ...rest }: Caller, domain: Domain): Caller {
  return { ...rest, principal: { ...principal, domain, id: principalId(domain, 'test', principal.subject) } };
}

export const ASK: GrantAsk = {
  entitlement: 'orders-read',
  parameters: { customer: 'C-42' },
  durationSeconds: 600,
  purpose: 'incident',
  justification: 'look at one order',
};

/** What the engine says yes to until told otherwise. */
const PERMITTED: readonly PolicyAction[] = ['request', 'autoApprove', 'issue', 'approve', 'consent', 'extend'];

const PERMIT: Verdict = { allowed: true, policies: [{ id: 'permit', effect: 'permit' }], reasons: ['because'] };
const FORBID: Verdict = {
  allowed: false,
  policies: [{ id: 'forbid', effect: 'forbid' }],
  reasons: ['no'],
  remediation: 'do this',
};

export type World = ReturnType<typeof createWorld>;

export function createWorld() {
  let now = NOW;
  let serial = 0;
  const next = (prefix: string): string => `${prefix}${String(++serial).padStart(26, '0')}`;
  const verdicts = new Map<PolicyAction, Verdict | ((principal: Principal) => Verdict)>();
  const state = createMemoryState();
  const store = createMemoryGrantStore(state);
  const audit = createMemoryAuditReader(state);
  const kept = {
    lists: createMemoryApprovalLists(state),
    consents: createMemoryConsents(state),
    once: createMemoryOnce(state),
    waits: createMemoryWaits(state),
    keys: createMemorySealedKeys(state),
  };
  const assumed: AssumeRequest[] = [];
  const behaviour: { assume: (request: AssumeRequest) => Promise<AssumeOutcome> } = {
    assume: async (request) => ({
      result: 'minted',
      session: {
        accessKeyId: `ASIA${assumed.length}`,
        secretAccessKey: 'secret',
        sessionToken: 'token',
        expiresAt: now + request.durationSeconds * 1000,
      },
    }),
  };
  const world = {
    clock: () => now,
    pass(ms: number) {
      now += ms;
    },
    ids: {
      grant: () => next('grt_'),
      event: () => next('evt_'),
      approval: () => next('apr_'),
      extension: () => next('ext_'),
      consent: () => next('cns_'),
      intent: () => next('ses_'),
      sourceIdentity: () => next('writ-'),
      salt: () => 'ab'.repeat(16),
      token: () => next('tok_'),
      family: () => next('rtf_'),
      statusIndex: () => ++serial,
    },
    sha256: (text: string) => createHash('sha256').update(text).digest('hex'),
    store,
    audit,
    ...kept,
    bundle: BUNDLE,
    engine: {
      get bundle(): PolicyBundle {
        return world.bundle;
      },
      decide(principal: Principal, action: PolicyAction): Verdict {
        const set = verdicts.get(action);
        if (typeof set === 'function') return set(principal);
        return set ?? (PERMITTED.includes(action) ? PERMIT : FORBID);
      },
    },
    broker: {
      async assume(request: AssumeRequest): Promise<AssumeOutcome> {
        assumed.push(request);
        return behaviour.assume(request);
      },
    },
    assumed,
    behaviour,
    permit(...actions: PolicyAction[]) {
      for (const action of actions) verdicts.set(action, PERMIT);
    },
    forbid(...actions: PolicyAction[]) {
      for (const action of actions) verdicts.set(action, FORBID);
    },
    failEngine(action: PolicyAction) {
      verdicts.set(action, { allowed: false, policies: [], reasons: ['the engine failed'], error: 'broken' });
    },
    /** A grant as the store has it. */
    async request(over: Partial<GrantAsk> = {}, by: Caller = ALICE): Promise<Grant> {
      const answer = await requestGrant(world, by, { ...ASK, ...over }, undefined, render);
      const grant = await store.get((JSON.parse(answer.body) as { id: string }).id);
      if (!grant) throw new Error('the grant is gone');
      return grant;
    },
    async leaves(stream: string) {
      return (await audit.ofStream(stream, { limit: 100 })).items;
    },
  };
  return world;
}

export const render = (grant: Grant): Answer => ({
  status: grant.state.status === 'denied' ? 403 : 201,
  body: JSON.stringify({ id: grant.id, status: grant.state.status }),
});

/** The code of the refusal, or `none`. Anything but a refusal fails the test. */
export async function refusal(act: Promise<unknown>): Promise<string> {
  try {
    await act;
  } catch (error) {
    if (error instanceof WritError) return error.code;
    throw error;
  }
  return 'none';
}
