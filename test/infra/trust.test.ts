import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { GetRolePolicyCommand, IAMClient, PutRolePolicyCommand, DeleteRolePolicyCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deriveExternalId } from '../../adapters/bundle/externalId.ts';
import { compileSessionPolicy } from '../../core/sessionPolicy.ts';
import { STACK_NAMES } from '../../infra/names.ts';
import type { Credentials, Harness } from '../local/aws/harness.ts';
import { BROKER, failure, functionCredentials, SHOP, startLocalAws, sts } from '../local/aws/harness.ts';
import { deployRoles } from './deployed.ts';
import { synthesized } from './synthesized.ts';

/** The trust and permissions of the synthesized roles, as IAM decides them. */

const EXTERNAL_ID = deriveExternalId('local', BROKER, SHOP);
const LENT = `arn:aws:iam::${SHOP}:role/writ/lend/writ-orders-read`;
const LENT_BOUNDARY = `arn:aws:iam::${SHOP}:policy/writ/lend/writ-orders-read`;
const ENFORCER = `arn:aws:iam::${SHOP}:role/writ/writ-enforcer`;

let aws: Harness;
const { stack } = synthesized();

beforeAll(async () => {
  aws = await startLocalAws();
  await deployRoles(aws, stack(STACK_NAMES.broker), BROKER);
  await deployRoles(aws, stack(STACK_NAMES.target(SHOP)), SHOP);
});
afterAll(() => aws.stop());

/** Credentials of a function, by its synthesized role. */
const run = (name: string): Promise<Credentials> =>
  aws.aws.bootstrap.mintServiceCredentials({
    roleArn: `arn:aws:iam::${BROKER}:role/writ/broker/${name}`,
    sessionName: name,
    duration: 900,
  });

const TAGS = [
  { Key: 'writ:grant', Value: 'grt_1' },
  { Key: 'writ:entitlement', Value: 'orders-read' },
  { Key: 'writ:requester', Value: 'someone' },
];
const LOAN: AssumeRoleCommandInput = {
  RoleArn: LENT,
  RoleSessionName: 'ses_01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
  ExternalId: EXTERNAL_ID,
  SourceIdentity: 'writ-01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
  Tags: TAGS,
  DurationSeconds: 900,
};

describe('a lent role', () => {
  it('is lent in the form in which Writ lends', async () => {
    const answer = await sts(aws, await run('writ-aws-session')).send(new AssumeRoleCommand(LOAN));
    expect(answer.SourceIdentity).toBe(LOAN.SourceIdentity);
  });

  const { ExternalId: _, ...withoutExternalId } = LOAN;
  const { SourceIdentity: __, ...withoutIdentity } = LOAN;
  const { Tags: ___, ...withoutTags } = LOAN;
  it.each<[string, AssumeRoleCommandInput]>([
    ['without an ExternalId', withoutExternalId],
    ['with another target’s ExternalId', { ...LOAN, ExternalId: deriveExternalId('local', BROKER, '444455556666') }],
    ['without a SourceIdentity', withoutIdentity],
    ['with a SourceIdentity of another form', { ...LOAN, SourceIdentity: 'alice' }],
    ['with a session name of another form', { ...LOAN, RoleSessionName: 'alice' }],
    ['without tags', withoutTags],
    ['with a tag too few', { ...LOAN, Tags: TAGS.slice(1) }],
    ['with a tag too many', { ...LOAN, Tags: [...TAGS, { Key: 'project', Value: 'shop' }] }],
    ['with the tags of another entitlement', { ...LOAN, Tags: tagged('orders-write') }],
    ['with a transitive tag', { ...LOAN, TransitiveTagKeys: ['writ:grant'] }],
  ])('is not lent %s', async (_name, loan) => {
    const { name } = await failure(sts(aws, await run('writ-aws-session')).send(new AssumeRoleCommand(loan)));
    expect(name).toBe('AccessDenied');
  });

  it.each(['writ-grants', 'writ-audit', 'writ-enforcer', 'writ-sweeper', 'writ-relay', 'writ-public'])(
    'is not lent to %s',
    async (role) => {
      const { name } = await failure(sts(aws, await run(role)).send(new AssumeRoleCommand(LOAN)));
      expect(name).toBe('AccessDenied');
    },
  );

  it('is not lent to another role of the broker that may assume anything', async () => {
    const any = { Effect: 'Allow', Action: 'sts:*', Resource: '*' };
    const { name } = await failure(
      sts(aws, await functionCredentials(aws, 'stranger', any)).send(new AssumeRoleCommand(LOAN)),
    );
    expect(name).toBe('AccessDenied');
  });

  it('lends at most an hour', async () => {
    const long = { ...LOAN, DurationSeconds: 3_601 };
    const { name } = await failure(sts(aws, await run('writ-aws-session')).send(new AssumeRoleCommand(long)));
    expect(name).toBe('ValidationError');
  });

  it('takes no further role, and reads nothing of IAM, even where a session policy would let it', async () => {
    const all = JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } });
    const lent = await lend({ ...LOAN, Policy: all });
    const onward = { ...LOAN, RoleArn: `arn:aws:iam::${SHOP}:role/writ/lend/writ-orders-write` };
    expect((await failure(sts(aws, lent).send(new AssumeRoleCommand(onward)))).message).toContain('explicit deny');
    const iam = new IAMClient(aws.client(lent));
    const read = new GetRolePolicyCommand({ RoleName: 'writ-orders-read', PolicyName: 'WritRevocations' });
    expect((await failure(iam.send(read))).message).toContain('explicit deny');
  });

  it('takes the session policies that the core compiles', async () => {
    const scope = [
      { actions: ['dynamodb:Query'], resources: ['arn:aws:dynamodb:us-east-1:111122223333:table/orders'] },
    ];
    const lent = await lend({ ...LOAN, Policy: compileSessionPolicy(scope, aws.now + 60_000) });
    expect(lent.sessionToken).toBeTypeOf('string');
  });
});

describe('the enforcer’s role', () => {
  const DENY = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }],
  });
  const on = { RoleName: 'writ-orders-read', PolicyName: 'WritRevocations' };

  it('puts, reads and removes a lent role’s inline policy', async () => {
    const iam = await enforcer();
    await iam.send(new PutRolePolicyCommand({ ...on, PolicyDocument: DENY }));
    const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand(on));
    expect(decodeURIComponent(PolicyDocument)).toBe(DENY);
    await iam.send(new DeleteRolePolicyCommand(on));
  });

  it.each(['writ-enforcer', 'somebody-elses', 'writ-lookalike'])('changes nothing on %s', async (role) => {
    await aws.aws.bootstrap.createRole({ accountId: SHOP, name: 'somebody-elses', trustPolicy: trustOf(ENFORCER) });
    await aws.aws.bootstrap.createRole({
      accountId: SHOP,
      path: '/writ/lend/',
      name: 'writ-lookalike',
      trustPolicy: trustOf(ENFORCER),
      permissionsBoundary: LENT_BOUNDARY,
    });
    const put = new PutRolePolicyCommand({ ...on, RoleName: role, PolicyDocument: DENY });
    expect((await failure((await enforcer()).send(put))).name).toBe('AccessDenied');
  });

  it('changes nothing on a lent role that has lost its boundary', async () => {
    const before = aws.aws;
    await before.bootstrap.createRole({
      accountId: SHOP,
      path: '/writ/lend/',
      name: 'writ-account-admin',
      trustPolicy: trustOf(ENFORCER),
    });
    const put = new PutRolePolicyCommand({ ...on, RoleName: 'writ-account-admin', PolicyDocument: DENY });
    expect((await failure((await enforcer()).send(put))).name).toBe('AccessDenied');
  });

  it.each([
    ['without its ExternalId', 'writ-enforcer', undefined],
    ['by the function that lends', 'writ-aws-session', EXTERNAL_ID],
  ])('is not taken %s', async (_name, role, externalId) => {
    const taking = new AssumeRoleCommand({ RoleArn: ENFORCER, RoleSessionName: 'x1', ExternalId: externalId });
    expect((await failure(sts(aws, await run(role)).send(taking))).name).toBe('AccessDenied');
  });
});

function tagged(entitlement: string) {
  return TAGS.map((tag) => (tag.Key === 'writ:entitlement' ? { ...tag, Value: entitlement } : tag));
}

const trustOf = (arn: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: arn }, Action: 'sts:AssumeRole' }],
  });

async function lend(loan: AssumeRoleCommandInput): Promise<Credentials> {
  return keysOf(await sts(aws, await run('writ-aws-session')).send(new AssumeRoleCommand(loan)));
}

async function enforcer(): Promise<IAMClient> {
  const taking = new AssumeRoleCommand({ RoleArn: ENFORCER, RoleSessionName: 'enforcer', ExternalId: EXTERNAL_ID });
  return new IAMClient(aws.client(keysOf(await sts(aws, await run('writ-enforcer')).send(taking))));
}

function keysOf({
  Credentials: given,
}: {
  Credentials?:
    | { AccessKeyId?: string | undefined; SecretAccessKey?: string | undefined; SessionToken?: string | undefined }
    | undefined;
}): Credentials {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = given ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}
