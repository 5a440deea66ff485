import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { STS_CLIENT } from '../../../adapters/aws/clientOptions.ts';
import { createStsSessionBroker } from '../../../adapters/aws/stsSessionBroker.ts';
import type { AssumeRequest } from '../../../core/ports.ts';
import type { FaultPlan } from '../../../local/aws/faults.ts';
import { BROKER, functionCredentials, policy, SHOP, startLocalAws } from '../../local/aws/harness.ts';
import type { Harness } from '../../local/aws/harness.ts';
import type { Answer } from './httpFake.ts';
import { startFake } from './httpFake.ts';

const REQUEST: AssumeRequest = {
  roleArn: `arn:aws:iam::${SHOP}:role/writ/lend/writ-orders-read`,
  externalId: 'ext-1',
  sessionName: 'ses_abcdefghijklmnopqrstuvwxyz',
  sourceIdentity: 'writ-abcdefghijklmnopqrstuvwxyz',
  durationSeconds: 900,
  policy: policy({ Effect: 'Allow', Action: 'dynamodb:Query', Resource: '*' }),
  tags: { 'writ:grant': 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H', 'writ:entitlement': 'orders-read' },
};
const SESSION_ACTIONS = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'];

describe('with STS', () => {
  let harness: Harness;
  let client: STSClient;

  beforeAll(async () => {
    harness = await startLocalAws();
    const statement = { Effect: 'Allow', Action: SESSION_ACTIONS, Resource: 'arn:aws:iam::*:role/writ/lend/*' };
    const credentials = await functionCredentials(harness, 'aws-session', statement);
    // The trust demands all that Writ's roles demand: what is left out of the call is refused.
    await harness.aws.bootstrap.createRole({
      accountId: SHOP,
      path: '/writ/lend/',
      name: 'writ-orders-read',
      trustPolicy: policy({
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${BROKER}:role/writ/broker/aws-session` },
        Action: SESSION_ACTIONS,
        Condition: {
          StringEquals: {
            'sts:ExternalId': 'ext-1',
            'sts:RoleSessionName': REQUEST.sessionName,
            'sts:SourceIdentity': REQUEST.sourceIdentity,
            'aws:RequestTag/writ:grant': 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
            'aws:RequestTag/writ:entitlement': 'orders-read',
          },
        },
      }),
      inlinePolicies: {},
    });
    client = new STSClient({ ...STS_CLIENT, endpoint: harness.url, region: 'us-east-1', credentials });
  });
  afterEach(() => {
    harness.faults.set({});
  });
  afterAll(async () => {
    client.destroy();
    await harness.stop();
  });

  const assume = (over: Partial<AssumeRequest> = {}) =>
    createStsSessionBroker({ client }).assume({ ...REQUEST, ...over });

  test('mints the session that was asked for', async () => {
    const outcome = await assume();
    if (outcome.result !== 'minted') throw new Error(`expected a session, got ${JSON.stringify(outcome)}`);
    expect(outcome.session.expiresAt).toBe(harness.now + 900_000);
    const lent = new STSClient({ endpoint: harness.url, region: 'us-east-1', credentials: outcome.session });
    const { Arn } = await lent.send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe(`arn:aws:sts::${SHOP}:assumed-role/writ-orders-read/${REQUEST.sessionName}`);
  });

  test.each<[string, Partial<AssumeRequest>, string]>([
    ['a wrong ExternalId', { externalId: 'ext-2' }, 'AccessDenied'],
    ['a role that is not there', { roleArn: `${REQUEST.roleArn}-2` }, 'AccessDenied'],
    ['a duration under the minimum', { durationSeconds: 1 }, 'ValidationError'],
    ['a duration over that of a chained role', { durationSeconds: 3_601 }, 'ValidationError'],
    ['a policy that is none', { policy: '{' }, 'MalformedPolicyDocument'],
  ])('%s is refused', async (_, over, code) => {
    expect(await assume(over)).toEqual({ result: 'refused', code });
  });

  test.each<[NonNullable<FaultPlan['rules']>[number]['kind'], object]>([
    ['throttle', { result: 'refused', code: 'Throttling' }],
    ['timeoutBefore', { result: 'unknown' }],
    ['timeoutAfter', { result: 'unknown' }],
  ])('after a %s: %o, and no second attempt', async (kind, expected) => {
    harness.faults.set({ rules: [{ service: 'sts', operation: 'AssumeRole', kind, rate: 1, times: 1 }] });
    expect(await assume()).toEqual(expected);
  });
});

describe('with answers that STS may give', () => {
  let stop: () => Promise<void> = async () => undefined;
  afterEach(() => stop());
  beforeEach(() => {
    stop = async () => undefined;
  });

  async function outcomeOf(answer: Answer | 'drop') {
    const fake = await startFake(answer);
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
    const client = new STSClient({ ...STS_CLIENT, endpoint: fake.url, region: 'us-east-1', credentials });
    stop = async () => {
      client.destroy();
      await fake.stop();
    };
    const outcome = await createStsSessionBroker({ client }).assume(REQUEST);
    expect(fake.received).toHaveLength(1);
    return outcome;
  }

  const failed = (status: number, code: string): Answer => ({
    status,
    headers: { 'content-type': 'text/xml' },
    body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
  });
  const succeeded = (credentials: string): Answer => ({
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>${credentials}</AssumeRoleResult></AssumeRoleResponse>`,
  });

  test.each([
    [403, 'AccessDenied'],
    [400, 'ExpiredToken'],
    [400, 'ExpiredTokenException'],
    [400, 'MalformedPolicyDocument'],
    [400, 'PackedPolicyTooLarge'],
    [403, 'RegionDisabledException'],
    [400, 'ValidationError'],
    [403, 'InvalidClientTokenId'],
    [403, 'SignatureDoesNotMatch'],
    [400, 'Throttling'],
    [400, 'RequestLimitExceeded'],
  ])('%d %s is a definite no', async (status, code) => {
    expect(await outcomeOf(failed(status, code))).toEqual({ result: 'refused', code: code.replace('Exception', '') });
  });

  test.each([
    [500, 'InternalFailure'],
    [503, 'ServiceUnavailable'],
    [503, 'AccessDenied'],
    [503, 'Throttling'],
    [400, 'SomethingNew'],
    [408, 'RequestTimeout'],
  ])('%d %s leaves it open', async (status, code) => {
    expect(await outcomeOf(failed(status, code))).toEqual({ result: 'unknown' });
  });

  test.each<[string, Answer | 'drop']>([
    ['no credentials', succeeded('')],
    [
      'half of the credentials',
      succeeded('<Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey></Credentials>'),
    ],
    ['something else', { status: 200, body: 'hello' }],
    ['a cut connection', 'drop'],
  ])('%s leaves it open', async (_, answer) => {
    expect(await outcomeOf(answer)).toEqual({ result: 'unknown' });
  });

  test('silence leaves it open when the broker’s own patience is over, whatever the client’s is', async () => {
    const fake = await startFake('silence');
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
    const client = new STSClient({ endpoint: fake.url, region: 'us-east-1', credentials });
    stop = async () => {
      client.destroy();
      await fake.stop();
    };
    expect(await createStsSessionBroker({ client, patienceMs: 100 }).assume(REQUEST)).toEqual({ result: 'unknown' });
  });
});
