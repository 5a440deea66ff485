import { beforeEach, expect, test } from 'vitest';
import { createAuthorize } from '../../../../local/aws/iam/authorize.ts';
import type { Authorization } from '../../../../local/aws/iam/authorize.ts';
import { openRoles } from '../../../../local/aws/iam/roles.ts';
import type { Role, RoleSpec, RoleStore } from '../../../../local/aws/iam/roles.ts';
import type { Access, Call, Caller } from '../../../../local/aws/service.ts';
import { memoryStore } from '../../../../local/aws/store.ts';
import { SHOP, TRUST_LAMBDA, policy } from '../harness.ts';

const NOW = Date.UTC(2026, 10, 21, 9, 0, 0);
const TABLE = `arn:aws:dynamodb:us-east-1:${SHOP}:table/orders`;
const SESSION_ARN = `arn:aws:sts::${SHOP}:assumed-role/lent/intent-1`;

let roles: RoleStore;
let lag = 0;
let now = NOW;

beforeEach(() => {
  lag = 0;
  now = NOW;
  roles = openRoles({
    store: memoryStore(),
    clock: () => now,
    randomBytes: (size) => new Uint8Array(size),
    propagationMs: () => lag,
  });
});

const role = (spec: Partial<RoleSpec> = {}): Promise<Role> =>
  roles.put({
    accountId: SHOP,
    name: 'lent',
    path: '/writ/lend/',
    trustPolicy: TRUST_LAMBDA,
    inlinePolicies: { Ceiling: policy({ Effect: 'Allow', Action: 'dynamodb:*', Resource: '*' }) },
    ...spec,
  });

function session(of: Role, change: Partial<Extract<Caller, { kind: 'session' }>> = {}): Caller {
  return {
    kind: 'session',
    accountId: SHOP,
    arn: SESSION_ARN,
    roleArn: of.arn,
    roleId: of.roleId,
    sessionName: 'intent-1',
    sourceIdentity: 'writ-1',
    tags: { 'writ:grant': 'grt_1' },
    transitiveTagKeys: [],
    issuedAt: NOW - 60_000,
    expiresAt: NOW + 840_000,
    ...change,
  };
}

async function ask(caller: Caller, access: Partial<Access> = {}): Promise<Authorization> {
  const call: Call = { caller, region: 'us-east-1', now, requestId: 'r', sourceIp: '127.0.0.1' };
  return createAuthorize(roles)(call, { action: 'dynamodb:Query', resource: TABLE, ...access });
}

/** What the session may do under one identity policy statement. */
async function under(statement: object, change: Parameters<typeof session>[1] = {}): Promise<boolean> {
  const lent = await role({
    inlinePolicies: { Own: policy({ Action: '*', Resource: '*', ...statement }) },
    tags: { Team: 'shop', team: 'x' },
  });
  return (await ask(session(lent, change))).allowed;
}

const CONDITIONS: readonly [string, object, boolean][] = [
  ['aws:CurrentTime before a time to come', { DateLessThan: { 'aws:CurrentTime': '2026-11-21T09:00:01Z' } }, true],
  ['aws:CurrentTime at that time', { DateLessThan: { 'aws:CurrentTime': '2026-11-21T09:00:00Z' } }, false],
  ['aws:EpochTime', { NumericEquals: { 'aws:EpochTime': String(NOW / 1000) } }, true],
  ['aws:SourceIdentity', { StringEquals: { 'aws:SourceIdentity': 'writ-1' } }, true],
  ['another aws:SourceIdentity', { StringEquals: { 'aws:SourceIdentity': 'writ-2' } }, false],
  ['aws:userid', { StringEquals: { 'aws:userid': 'AROAAAAAAAAAAAAAAAAAA:intent-1' } }, true],
  [
    'aws:PrincipalArn is the role’s',
    { ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${SHOP}:role/writ/lend/lent` } },
    true,
  ],
  ['aws:PrincipalAccount', { StringEquals: { 'aws:PrincipalAccount': SHOP } }, true],
  ['aws:PrincipalType', { StringEquals: { 'aws:PrincipalType': 'AssumedRole' } }, true],
  ['aws:PrincipalTag of the session', { StringEquals: { 'aws:PrincipalTag/writ:grant': 'grt_1' } }, true],
  ['aws:PrincipalTag whatever its case', { StringEquals: { 'aws:PrincipalTag/WRIT:Grant': 'grt_1' } }, true],
  ['aws:PrincipalTag of the role', { StringEquals: { 'aws:PrincipalTag/Team': 'x' } }, true],
  ['aws:TokenIssueTime', { DateLessThan: { 'aws:TokenIssueTime': '2026-11-21T08:59:01Z' } }, true],
  [
    'aws:TokenIssueTime before it was issued',
    { DateLessThan: { 'aws:TokenIssueTime': '2026-11-21T08:59:00Z' } },
    false,
  ],
  ['aws:RequestedRegion', { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } }, true],
  ['aws:SourceIp', { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }, true],
  ['aws:SecureTransport', { Bool: { 'aws:SecureTransport': 'true' } }, true],
  ['aws:ResourceAccount', { StringEquals: { 'aws:ResourceAccount': SHOP } }, true],
  ['aws:username, which a role session does not have', { Null: { 'aws:username': 'true' } }, true],
  ['aws:MultiFactorAuthPresent, which it does not have', { Null: { 'aws:MultiFactorAuthPresent': 'true' } }, true],
];

test.each(CONDITIONS)('global condition keys are as on AWS: %s', async (_key, Condition, holds) => {
  expect(await under({ Effect: 'Allow', Condition })).toBe(holds);
});

test('a session tag overrides the role’s of the same key, whatever its case', async () => {
  const Condition = { StringEquals: { 'aws:PrincipalTag/team': 'session' } };
  expect(await under({ Effect: 'Allow', Condition }, { tags: { TEAM: 'session' } })).toBe(true);
});

test('a session is refused what its role may do and its policy is silent on', async () => {
  const sessionPolicy = policy({ Effect: 'Allow', Action: 'dynamodb:Query', Resource: TABLE });
  const caller = session(await role(), { sessionPolicy });
  expect(await ask(caller)).toEqual({ allowed: true });
  expect(await ask(caller, { action: 'dynamodb:PutItem' })).toEqual({
    allowed: false,
    message:
      `User: ${SESSION_ARN} is not authorized to perform: dynamodb:PutItem on resource: ${TABLE} ` +
      'because no session policy allows the dynamodb:PutItem action',
  });
});

test('leading keys narrow a query, and a call without keys is refused under `Null: false`', async () => {
  const Condition = {
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['C-42'] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  };
  const sessionPolicy = policy({ Effect: 'Allow', Action: 'dynamodb:*', Resource: TABLE, Condition });
  const caller = session(await role(), { sessionPolicy });
  const asked = async (context: Access['context']) =>
    (await ask(caller, context === undefined ? {} : { context })).allowed;
  expect(await asked({ 'dynamodb:LeadingKeys': ['C-42'] })).toBe(true);
  expect(await asked({ 'dynamodb:LeadingKeys': ['C-43'] })).toBe(false);
  expect(await asked({ 'dynamodb:LeadingKeys': ['C-42', 'C-43'] })).toBe(false);
  expect(await asked(undefined)).toBe(false);
});

/** A resource policy that allows the principal, against a session policy that is silent on the table. */
const NAMED: readonly [string, object, boolean][] = [
  ['the session ARN', { Principal: { AWS: SESSION_ARN } }, true],
  ['everybody', { Principal: '*' }, true],
  [
    'everybody, if aws:PrincipalArn is the role',
    {
      Principal: { AWS: '*' },
      Condition: { ArnEquals: { 'aws:PrincipalArn': `arn:aws:iam::${SHOP}:role/writ/lend/lent` } },
    },
    true,
  ],
  ['the role ARN', { Principal: { AWS: `arn:aws:iam::${SHOP}:role/writ/lend/lent` } }, false],
  ['the account', { Principal: { AWS: `arn:aws:iam::${SHOP}:root` } }, false],
  ['another session', { Principal: { AWS: `${SESSION_ARN}0` } }, false],
];

test.each(NAMED)(
  'what a session policy leaves out, a resource policy may still give: to %s',
  async (_who, who, allowed) => {
    const silent = policy({ Effect: 'Allow', Action: 'dynamodb:Query', Resource: `${TABLE}-other` });
    const caller = session(await role(), { sessionPolicy: silent });
    const resourcePolicy = policy({ Effect: 'Allow', Action: 'dynamodb:Query', Resource: TABLE, ...who });
    expect((await ask(caller, { resourcePolicy })).allowed).toBe(allowed);

    // Only an explicit deny closes the session: this is why Writ's session policies have them.
    const closed = policy(
      { Effect: 'Allow', Action: 'dynamodb:Query', Resource: `${TABLE}-other` },
      { Effect: 'Deny', Action: '*', NotResource: `${TABLE}-other` },
    );
    expect(await ask({ ...caller, sessionPolicy: closed } as Caller, { resourcePolicy })).toMatchObject({
      allowed: false,
      message: expect.stringContaining('with an explicit deny in a session policy') as string,
    });
  },
);

test('a boundary limits a role, and a boundary that is not known is no permission', async () => {
  const boundary = `arn:aws:iam::${SHOP}:policy/writ-boundary`;
  await roles.putManagedPolicy(boundary, policy({ Effect: 'Allow', Action: 'dynamodb:Query', Resource: '*' }));
  const lent = await role({ permissionsBoundary: boundary });
  expect((await ask(session(lent))).allowed).toBe(true);
  expect(await ask(session(lent), { action: 'dynamodb:PutItem' })).toMatchObject({
    message: expect.stringContaining('because no permissions boundary allows the dynamodb:PutItem action') as string,
  });
  const lost = await role({ permissionsBoundary: `${boundary}-lost` });
  await expect(ask(session(lost))).rejects.toThrow('is not known to the local IAM');
});

test('attached managed policies count', async () => {
  const arn = 'arn:aws:iam::aws:policy/ReadOrders';
  await roles.putManagedPolicy(arn, policy({ Effect: 'Allow', Action: 'dynamodb:Query', Resource: '*' }));
  const lent = await role({ inlinePolicies: {}, managedPolicyArns: [arn] });
  expect((await ask(session(lent))).allowed).toBe(true);
});

test('a deny written on the role ends its sessions, once it has propagated', async () => {
  const lent = await role();
  const caller = session(lent);
  const deny = policy({
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { StringEquals: { 'aws:SourceIdentity': ['writ-1'] } },
  });
  lag = 4_000;
  await roles.putInlinePolicy(lent, 'WritRevocations', deny);
  expect((await ask(caller)).allowed).toBe(true);
  now += 3_999;
  expect((await ask(caller)).allowed).toBe(true);
  now += 1;
  expect(await ask(caller)).toEqual({
    allowed: false,
    message: `User: ${SESSION_ARN} is not authorized to perform: dynamodb:Query on resource: ${TABLE} with an explicit deny in an identity-based policy`,
  });
  expect((await ask(session(lent, { sourceIdentity: 'writ-2' }))).allowed).toBe(true);
});

test('a role keeps its id and what was written on it when it is put again', async () => {
  const before = await role();
  await roles.putInlinePolicy(before, 'WritRevocations', policy({ Effect: 'Deny', Action: '*', Resource: '*' }));
  const after = await role({ inlinePolicies: { New: policy({ Effect: 'Allow', Action: '*', Resource: '*' }) } });
  expect(after.roleId).toBe(before.roleId);
  expect(Object.keys(after.inline).sort()).toEqual(['New', 'WritRevocations']);
});

test('a session of a role that is another one now may do nothing', async () => {
  const lent = await role();
  expect((await ask(session(lent, { roleId: 'AROAOTHER' }))).allowed).toBe(false);
});

test('what the simulator can not evaluate is an error, not an answer', async () => {
  const lent = await role();
  await expect(ask(session(lent), { action: 'dynamodb:Nonsense' })).rejects.toThrow('invalid.action');
  await expect(ask(session(lent), { resource: '*' })).rejects.toThrow("can't evaluate dynamodb:Query on *");
});

test('an answer that is known follows the time, the caller, the call and the policies all the same', async () => {
  const authorize = createAuthorize(roles);
  const expires = { DateLessThan: { 'aws:CurrentTime': '2026-11-21T09:00:01Z' } };
  const sessionPolicy = policy({ Effect: 'Allow', Action: 'dynamodb:Query', Resource: TABLE, Condition: expires });
  const lent = await role();
  const asked = async (access: Partial<Access> = {}, change: Parameters<typeof session>[1] = {}) => {
    const caller = session(lent, { sessionPolicy, ...change });
    const call: Call = { caller, region: 'us-east-1', now, requestId: 'r', sourceIp: '127.0.0.1' };
    return (await authorize(call, { action: 'dynamodb:Query', resource: TABLE, ...access })).allowed;
  };
  expect([await asked(), await asked()]).toEqual([true, true]);
  expect(await asked({ action: 'dynamodb:PutItem' })).toBe(false);
  expect(await asked({ resource: `${TABLE}-other` })).toBe(false);
  const named = policy({ Effect: 'Deny', Principal: { AWS: SESSION_ARN }, Action: '*', Resource: '*' });
  expect(await asked({ resourcePolicy: named })).toBe(false);
  expect(await asked({ resourcePolicy: named }, { arn: `${SESSION_ARN}0` })).toBe(true);

  const Condition = { StringEquals: { 'aws:SourceIdentity': 'writ-2' } };
  await roles.putInlinePolicy(lent, 'Denies', policy({ Effect: 'Deny', Action: '*', Resource: '*', Condition }));
  expect([await asked(), await asked({}, { sourceIdentity: 'writ-2' }), await asked()]).toEqual([true, false, true]);

  now += 1_000;
  expect(await asked()).toBe(false);
});
