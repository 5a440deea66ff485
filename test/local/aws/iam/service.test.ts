import {
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BROKER, TRUST_LAMBDA, failure, functionCredentials, policy, startLocalAws } from '../harness.ts';
import type { Harness } from '../harness.ts';

const BOUNDARY = `arn:aws:iam::${BROKER}:policy/writ-boundary`;
const DENY = policy({ Effect: 'Deny', Action: '*', Resource: '*' });

let harness: Harness;
let iam: IAMClient;

beforeEach(async () => {
  harness = await startLocalAws();
  await harness.aws.bootstrap.putManagedPolicy(BOUNDARY, policy({ Effect: 'Allow', Action: '*', Resource: '*' }));
  await harness.aws.bootstrap.createRole({
    accountId: BROKER,
    path: '/writ/lend/',
    name: 'lent',
    trustPolicy: TRUST_LAMBDA,
    inlinePolicies: { Ceiling: policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' }) },
    managedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
    permissionsBoundary: BOUNDARY,
    tags: { team: 'shop' },
    description: 'a role to lend',
  });
  iam = await enforcer({ Effect: 'Allow', Action: 'iam:*', Resource: `arn:aws:iam::${BROKER}:role/writ/lend/*` });
});

afterEach(() => harness.stop());

async function enforcer(...statements: object[]): Promise<IAMClient> {
  return new IAMClient(harness.client(await functionCredentials(harness, 'enforcer', ...statements)));
}

const put = (PolicyDocument: string, PolicyName = 'WritRevocations', client = iam) =>
  client.send(new PutRolePolicyCommand({ RoleName: 'lent', PolicyName, PolicyDocument }));
const get = (PolicyName: string) => iam.send(new GetRolePolicyCommand({ RoleName: 'lent', PolicyName }));

test('GetRole tells what a role is', async () => {
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'lent' }));
  expect(Role).toMatchObject({
    Path: '/writ/lend/',
    RoleName: 'lent',
    Arn: `arn:aws:iam::${BROKER}:role/writ/lend/lent`,
    CreateDate: new Date(harness.now),
    Description: 'a role to lend',
    MaxSessionDuration: 3_600,
    PermissionsBoundary: { PermissionsBoundaryArn: BOUNDARY },
    Tags: [{ Key: 'team', Value: 'shop' }],
  });
  expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toBe(TRUST_LAMBDA);
});

test('an inline policy is written, read, replaced, listed and deleted', async () => {
  await put(DENY);
  await put(policy({ Effect: 'Deny', Action: 's3:*', Resource: '*' }));
  const { PolicyDocument } = await get('WritRevocations');
  expect(decodeURIComponent(PolicyDocument ?? '')).toBe(policy({ Effect: 'Deny', Action: 's3:*', Resource: '*' }));
  const list = () => iam.send(new ListRolePoliciesCommand({ RoleName: 'lent' }));
  expect((await list()).PolicyNames).toEqual(['Ceiling', 'WritRevocations']);
  await iam.send(new DeleteRolePolicyCommand({ RoleName: 'lent', PolicyName: 'WritRevocations' }));
  expect((await list()).PolicyNames).toEqual(['Ceiling']);
  expect((await failure(get('WritRevocations'))).name).toBe('NoSuchEntityException');
});

test('lists come in pages', async () => {
  await put(DENY, 'A');
  const first = await iam.send(new ListRolePoliciesCommand({ RoleName: 'lent', MaxItems: 1 }));
  expect(first).toMatchObject({ PolicyNames: ['A'], IsTruncated: true, Marker: 'A' });
  const second = await iam.send(new ListRolePoliciesCommand({ RoleName: 'lent', MaxItems: 1, Marker: first.Marker }));
  expect(second).toMatchObject({ PolicyNames: ['Ceiling'], IsTruncated: false });
  const attached = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: 'lent' }));
  expect(attached.AttachedPolicies).toEqual([
    { PolicyName: 'ReadOnlyAccess', PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
  ]);
});

test('a role’s inline policies hold 10,240 characters together, white space not counted', async () => {
  const filler = (length: number): string => {
    const empty = policy({ Sid: '', Effect: 'Deny', Action: 's3:*', Resource: '*' });
    return policy({ Sid: 'x'.repeat(length - empty.length), Effect: 'Deny', Action: 's3:*', Resource: '*' });
  };
  const ceiling = policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' }).length;
  const fits = filler(10_240 - ceiling);
  await put(JSON.stringify(JSON.parse(fits), null, 8));
  const refused = await failure(put(filler(10_241 - ceiling)));
  expect(refused).toEqual({
    name: 'LimitExceededException',
    message: 'Maximum policy size of 10240 bytes exceeded for role lent',
  });
  expect(decodeURIComponent((await get('WritRevocations')).PolicyDocument ?? '')).toContain('xxx');
});

test.each([
  ['not JSON', '{'],
  ['not a policy', '{"a":1}'],
  ['a resource policy', policy({ Effect: 'Deny', Principal: '*', Action: '*', Resource: '*' })],
])('a document that is %s is malformed, and changes nothing', async (_what, document) => {
  expect((await failure(put(document))).name).toBe('MalformedPolicyDocumentException');
  expect((await failure(get('WritRevocations'))).name).toBe('NoSuchEntityException');
});

test('an unknown role is not found', async () => {
  const client = await enforcer({ Effect: 'Allow', Action: 'iam:*', Resource: '*' });
  expect((await failure(client.send(new GetRoleCommand({ RoleName: 'nobody' })))).name).toBe('NoSuchEntityException');
});

test('writing may be limited to roles that keep the boundary', async () => {
  const only = (boundary: string) => ({
    Effect: 'Allow',
    Action: 'iam:PutRolePolicy',
    Resource: '*',
    Condition: { StringEquals: { 'iam:PermissionsBoundary': boundary } },
  });
  await expect(put(DENY, 'X', await enforcer(only(BOUNDARY)))).resolves.toBeDefined();
  const refused = await failure(put(DENY, 'X', await enforcer(only(`${BOUNDARY}-2`))));
  expect(refused.name).toBe('AccessDenied');
});

test('an account sees its own roles only', async () => {
  const root = new IAMClient(harness.client(harness.aws.bootstrap.rootCredentials('111122223333')));
  expect((await failure(root.send(new GetRoleCommand({ RoleName: 'lent' })))).name).toBe('NoSuchEntityException');
});
