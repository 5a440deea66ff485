import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BROKER, SHOP, failure, functionCredentials, policy, startLocalAws, sts } from './harness.ts';
import type { Credentials, Harness } from './harness.ts';

const LENT = `arn:aws:iam::${SHOP}:role/writ/lend/writ-orders-read`;
const BROKER_ROLE = `arn:aws:iam::${BROKER}:role/writ/broker/aws-session`;

let harness: Harness;
let broker: Credentials;

beforeEach(async () => {
  harness = await startLocalAws();
  broker = await functionCredentials(harness, 'aws-session', {
    Effect: 'Allow',
    Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
    Resource: 'arn:aws:iam::*:role/writ/lend/*',
  });
  await lend({
    Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
    Condition: {
      StringEquals: { 'sts:ExternalId': 'ext-1' },
      StringLike: { 'sts:SourceIdentity': 'writ-*' },
    },
  });
});

afterEach(() => harness.stop());

/** Makes the lent role, trusting the broker's role under `statement`. */
async function lend(statement: object, maxSessionDuration = 3_600, tags = {}): Promise<void> {
  await harness.aws.bootstrap.createRole({
    accountId: SHOP,
    path: '/writ/lend/',
    name: 'writ-orders-read',
    trustPolicy: policy({ Effect: 'Allow', Principal: { AWS: BROKER_ROLE }, ...statement }),
    inlinePolicies: { Ceiling: policy({ Effect: 'Allow', Action: 'dynamodb:*', Resource: '*' }) },
    maxSessionDuration,
    tags,
  });
}

const GOOD = {
  RoleArn: LENT,
  RoleSessionName: 'intent-01',
  DurationSeconds: 900,
  ExternalId: 'ext-1',
  SourceIdentity: 'writ-01JDABCDEFGHJKMNPQRSTVWXYZ',
  Tags: [{ Key: 'writ:grant', Value: 'grt_1' }],
  Policy: policy({ Effect: 'Allow', Action: 'dynamodb:Query', Resource: '*' }),
} satisfies AssumeRoleCommandInput;

async function assume(input: AssumeRoleCommandInput, credentials = broker) {
  const answer = await sts(harness, credentials).send(new AssumeRoleCommand(input));
  return {
    answer,
    credentials: {
      accessKeyId: answer.Credentials?.AccessKeyId ?? '',
      secretAccessKey: answer.Credentials?.SecretAccessKey ?? '',
      sessionToken: answer.Credentials?.SessionToken ?? '',
    },
  };
}

test('a function gets a session of a lent role that looks as on AWS', async () => {
  const { answer, credentials } = await assume(GOOD);
  expect(answer.Credentials?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
  expect(answer.Credentials?.SecretAccessKey).toHaveLength(40);
  expect(answer.Credentials?.Expiration).toEqual(new Date(harness.now + 900_000));
  expect(answer.AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${SHOP}:assumed-role/writ-orders-read/intent-01`);
  expect(answer.AssumedRoleUser?.AssumedRoleId).toMatch(/^AROA[A-Z2-7]{17}:intent-01$/);
  expect(answer.SourceIdentity).toBe(GOOD.SourceIdentity);
  expect(answer.SessionTokenUtilization).toBeGreaterThan(0);

  const identity = await sts(harness, credentials).send(new GetCallerIdentityCommand({}));
  expect(identity.Account).toBe(SHOP);
  expect(identity.Arn).toBe(answer.AssumedRoleUser?.Arn);
  expect(identity.UserId).toBe(answer.AssumedRoleUser?.AssumedRoleId);
});

test('GetCallerIdentity answers whom IAM denies everything', async () => {
  const denied = await functionCredentials(harness, 'mute', { Effect: 'Deny', Action: '*', Resource: '*' });
  const identity = await sts(harness, denied).send(new GetCallerIdentityCommand({}));
  expect(identity.Arn).toBe(`arn:aws:sts::${BROKER}:assumed-role/mute/mute`);
});

const NOT_ASSUMED: readonly [string, Partial<AssumeRoleCommandInput>, string][] = [
  ['a wrong external id', { ExternalId: 'ext-2' }, 'AccessDenied'],
  ['no external id', { ExternalId: undefined }, 'AccessDenied'],
  ['a source identity outside the pattern', { SourceIdentity: 'mallory' }, 'AccessDenied'],
  ['no source identity where the trust demands one', { SourceIdentity: undefined }, 'AccessDenied'],
  ['a role that is not there', { RoleArn: `${LENT}-2` }, 'AccessDenied'],
  ['a role outside what the caller may assume', { RoleArn: BROKER_ROLE }, 'AccessDenied'],
  ['less than 900 seconds', { DurationSeconds: 899 }, 'ValidationError'],
  ['more than the maximum of the role', { DurationSeconds: 3_601 }, 'ValidationError'],
  ['a session name with a slash', { RoleSessionName: 'a/b' }, 'ValidationError'],
  ['a session name of one character', { RoleSessionName: 'a' }, 'ValidationError'],
  [
    'a session policy of 2,049 characters',
    { Policy: `${GOOD.Policy}${' '.repeat(2_049 - GOOD.Policy.length)}` },
    'ValidationError',
  ],
  ['a session policy that is not JSON', { Policy: '{' }, 'MalformedPolicyDocumentException'],
  [
    'a session policy with a principal',
    { Policy: policy({ Effect: 'Allow', Principal: '*', Action: 'a:b', Resource: '*' }) },
    'MalformedPolicyDocumentException',
  ],
  ['a session policy without statements', { Policy: '{"Version":"2012-10-17"}' }, 'MalformedPolicyDocumentException'],
  [
    'tag keys that differ by case only',
    {
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'A', Value: '2' },
      ],
    },
    'InvalidParameterValue',
  ],
  ['a tag key of AWS’s own', { Tags: [{ Key: 'aws:x', Value: '1' }] }, 'InvalidParameterValue'],
  ['a transitive key that is no tag', { TransitiveTagKeys: ['other'] }, 'InvalidParameterValue'],
  ['a source identity of AWS’s own', { SourceIdentity: 'aws:me' }, 'ValidationError'],
  [
    'session policies by ARN, which are not built',
    { PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }] },
    'ValidationError',
  ],
];

test.each(NOT_ASSUMED)('AssumeRole refuses %s', async (_what, change, code) => {
  expect((await failure(assume({ ...GOOD, ...change }))).name).toBe(code);
});

test('a session policy of 2,048 characters is taken, one that packs badly is not', async () => {
  const padded = `${GOOD.Policy}${' '.repeat(2_048 - GOOD.Policy.length)}`;
  expect((await assume({ ...GOOD, Policy: padded })).answer.SessionTokenUtilization).toBeLessThan(100);

  // Digits without a pattern: hardly anything for a packer to find.
  const noise = Array.from({ length: 130 }, (_, i) => String(Math.sin(i + 1) * 1e16).slice(-14)).join('');
  const dense = policy({ Effect: 'Allow', Action: 'dynamodb:Query', Resource: `arn:aws:dynamodb:::${noise}` });
  const tags = Array.from({ length: 40 }, (_, i) => ({ Key: `key-${i}`, Value: noise.slice(i * 20, i * 20 + 40) }));
  expect(dense.length).toBeLessThanOrEqual(2_048);
  const refused = await failure(assume({ ...GOOD, Policy: dense, Tags: tags }));
  expect(refused.name).toBe('PackedPolicyTooLargeException');
  expect(refused.message).toMatch(/^Packed policy consumes 1\d\d% of allotted space, please use smaller policy\.$/);
});

const TRUST_TABLE: readonly [string, object, Partial<AssumeRoleCommandInput>, boolean][] = [
  ['tags without sts:TagSession', { Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'] }, {}, false],
  ['a source identity without sts:SetSourceIdentity', { Action: ['sts:AssumeRole', 'sts:TagSession'] }, {}, false],
  ['neither, without either permission', { Action: 'sts:AssumeRole' }, { Tags: [], SourceIdentity: undefined }, true],
  [
    'a tag value that the trust demands',
    { Action: 'sts:*', Condition: { StringEquals: { 'aws:RequestTag/writ:grant': 'grt_1' } } },
    {},
    true,
  ],
  [
    'another tag value',
    { Action: 'sts:*', Condition: { StringEquals: { 'aws:RequestTag/writ:grant': 'grt_2' } } },
    {},
    false,
  ],
  [
    'tag keys within the allowed ones',
    { Action: 'sts:*', Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['writ:grant'] } } },
    {},
    true,
  ],
  [
    'a tag key beyond the allowed ones',
    { Action: 'sts:*', Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['other'] } } },
    {},
    false,
  ],
  [
    'transitive keys where the trust forbids them',
    { Action: 'sts:*', Condition: { Null: { 'sts:TransitiveTagKeys': 'true' } } },
    { TransitiveTagKeys: ['writ:grant'] },
    false,
  ],
  ['no transitive keys there', { Action: 'sts:*', Condition: { Null: { 'sts:TransitiveTagKeys': 'true' } } }, {}, true],
  [
    'the session name that the trust demands',
    { Action: 'sts:*', Condition: { StringLike: { 'sts:RoleSessionName': 'intent-*' } } },
    {},
    true,
  ],
  ['another session name', { Action: 'sts:*', Condition: { StringLike: { 'sts:RoleSessionName': 'x-*' } } }, {}, false],
  ['NotAction that leaves TagSession out', { NotAction: 'sts:TagSession' }, {}, false],
];

test.each(TRUST_TABLE)('the trust policy decides: %s', async (_what, statement, change, allowed) => {
  await lend(statement);
  const outcome = await assume({ ...GOOD, ...change }).then(
    () => true,
    (error: unknown) => (error as Error).name !== 'AccessDenied',
  );
  expect(outcome).toBe(allowed);
});

test('cross-account, the caller needs the permission of its own account too', async () => {
  const without = await functionCredentials(harness, 'aws-session'); // same role, its policy taken away
  const denied = await failure(assume(GOOD, without));
  expect(denied.name).toBe('AccessDenied');
  expect(denied.message).toBe(
    `User: arn:aws:sts::${BROKER}:assumed-role/aws-session/aws-session is not authorized to perform: sts:AssumeRole ` +
      `on resource: ${LENT} because no identity-based policy allows the sts:AssumeRole action`,
  );
});

test('within an account, a trust that names the role is enough, one that names the account is not', async () => {
  const own = await functionCredentials(harness, 'other');
  const make = (principal: string) =>
    harness.aws.bootstrap.createRole({
      accountId: BROKER,
      name: 'near',
      trustPolicy: policy({ Effect: 'Allow', Principal: { AWS: principal }, Action: 'sts:AssumeRole' }),
    });
  const input = { RoleArn: `arn:aws:iam::${BROKER}:role/near`, RoleSessionName: 'near-1' };
  await make(`arn:aws:iam::${BROKER}:role/writ/broker/other`);
  await expect(assume(input, own)).resolves.toBeDefined();
  await make(`arn:aws:iam::${BROKER}:root`);
  expect((await failure(assume(input, own))).name).toBe('AccessDenied');
});

test('a session that assumes a role is chaining: an hour at most, whatever the role allows', async () => {
  await lend({ Action: 'sts:*' }, 43_200);
  const refused = await failure(assume({ ...GOOD, DurationSeconds: 3_601 }));
  expect(refused).toEqual({
    name: 'ValidationError',
    message: 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
  });
  await expect(assume({ ...GOOD, DurationSeconds: 3_600 })).resolves.toBeDefined();
});

test('the source identity and transitive tags persist across chaining, and can not be replaced', async () => {
  await harness.aws.bootstrap.createRole({
    accountId: SHOP,
    name: 'next',
    trustPolicy: policy({
      Effect: 'Allow',
      Principal: { AWS: LENT },
      Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
      Condition: { StringEquals: { 'aws:RequestTag/writ:grant': 'grt_1' } },
    }),
  });
  const first = await assume({ ...GOOD, Policy: undefined, TransitiveTagKeys: ['writ:grant'] });
  const onward = { RoleArn: `arn:aws:iam::${SHOP}:role/next`, RoleSessionName: 'onward' };
  const second = await assume(onward, first.credentials);
  expect(second.answer.SourceIdentity).toBe(GOOD.SourceIdentity);
  expect((await failure(assume({ ...onward, SourceIdentity: 'writ-other' }, first.credentials))).name).toBe(
    'AccessDenied',
  );
  const overwrite = { ...onward, Tags: [{ Key: 'WRIT:GRANT', Value: 'grt_1' }] };
  expect((await failure(assume(overwrite, first.credentials))).name).toBe('InvalidParameterValue');
});

test('the root user can not assume a role', async () => {
  const refused = await failure(assume(GOOD, harness.aws.bootstrap.rootCredentials(SHOP)));
  expect(refused.name).toBe('AccessDenied');
});

test('Lambda takes only a role that trusts it', async () => {
  const { bootstrap } = harness.aws;
  await expect(bootstrap.mintServiceCredentials({ roleArn: LENT, sessionName: 'x1', duration: 900 })).rejects.toThrow(
    `\`${LENT}\` does not trust \`lambda.amazonaws.com\``,
  );
});
