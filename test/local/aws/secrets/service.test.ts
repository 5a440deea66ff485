import {
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { memoryStore } from '../../../../local/aws/store.ts';
import type { StateStore } from '../../../../local/aws/store.ts';
import { BROKER, failure, functionCredentials, policy, startLocalAws } from '../harness.ts';
import type { Harness } from '../harness.ts';

const SPECIFICATION = { accountId: BROKER, region: 'us-east-1', name: 'writ/hooks', stated: '1', value: () => 'first' };
const V2 = '22222222-2222-4222-8222-222222222222';
const V3 = '33333333-3333-4333-8333-333333333333';

let store: StateStore;
let harness: Harness;
let client: SecretsManagerClient;
let SecretId: string;

beforeEach(async () => {
  store = memoryStore();
  harness = await startLocalAws({ store });
  SecretId = (await harness.aws.secrets.put(SPECIFICATION)).arn;
  client = await as('signer', { Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' });
});
afterEach(() => harness.stop());

const as = async (name: string, ...statements: object[]) =>
  new SecretsManagerClient(harness.client(await functionCredentials(harness, name, ...statements)));
const get = (more: { VersionId?: string; VersionStage?: string; SecretId?: string } = {}) =>
  client.send(new GetSecretValueCommand({ SecretId, ...more }));
const put = (ClientRequestToken: string, SecretString: string, VersionStages?: string[]) =>
  client.send(
    new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString, ...(VersionStages && { VersionStages }) }),
  );
const stages = async () => (await client.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages ?? {};

test('a secret is found by name, ARN, and ARN without its end', async () => {
  expect(SecretId).toMatch(/^arn:aws:secretsmanager:us-east-1:999988887777:secret:writ\/hooks-[A-Za-z0-9]{6}$/);
  for (const reference of [SecretId, 'writ/hooks', SecretId.slice(0, -7)]) {
    expect(await get({ SecretId: reference })).toMatchObject({
      ARN: SecretId,
      Name: 'writ/hooks',
      SecretString: 'first',
      VersionStages: ['AWSCURRENT'],
      CreatedDate: new Date(harness.now),
    });
  }
  expect(await failure(get({ SecretId: 'gone' }))).toEqual({
    name: 'ResourceNotFoundException',
    message: "Secrets Manager can't find the specified secret.",
  });
});

test('a new value makes the last one the previous', async () => {
  await put(V2, 'second');
  expect(await get()).toMatchObject({ SecretString: 'second', VersionId: V2 });
  expect(await get({ VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'first' });
  await put(V2, 'second');
  expect((await failure(put(V2, 'other'))).name).toBe('ResourceExistsException');
  await put(V3, 'third');
  expect(await stages()).toEqual({ [V2]: ['AWSPREVIOUS'], [V3]: ['AWSCURRENT'] });
});

test('labels move between versions', async () => {
  await put(V2, 'second', ['AWSPENDING']);
  expect(await get()).toMatchObject({ SecretString: 'first' });
  const { VersionId: first } = await get();
  const move = (from: string | undefined) =>
    client.send(
      new UpdateSecretVersionStageCommand({
        SecretId,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: V2,
        RemoveFromVersionId: from,
      }),
    );
  expect((await failure(move(undefined))).name).toBe('InvalidParameterException');
  await move(first);
  expect(await get()).toMatchObject({ SecretString: 'second' });
  expect((await stages())[first ?? '']).toEqual(['AWSPREVIOUS']);
  expect((await get({ VersionId: first ?? '' })).SecretString).toBe('first');
  expect((await failure(get({ VersionStage: 'NEXT' }))).message).toMatch(/value for staging label: NEXT$/);
});

test('bytes are a value too', async () => {
  const SecretBinary = Uint8Array.from([0, 1, 255]);
  await client.send(new PutSecretValueCommand({ SecretId, ClientRequestToken: V2, SecretBinary }));
  expect(Uint8Array.from((await get()).SecretBinary ?? [])).toEqual(SecretBinary);
});

test('values are sealed in the store', () => {
  expect(JSON.stringify(store.entries(''))).not.toContain('first');
});

test('a redeployment keeps the value, until the template states another', async () => {
  await put(V2, 'second');
  const again = await harness.aws.secrets.put({ ...SPECIFICATION, value: () => 'made anew' });
  expect(again.arn).toBe(SecretId);
  expect(await get()).toMatchObject({ SecretString: 'second' });
  await harness.aws.secrets.put({ ...SPECIFICATION, stated: '2', value: () => 'stated' });
  expect(await get()).toMatchObject({ SecretString: 'stated' });
});

test('IAM, the secret’s policy and its key decide', async () => {
  const read = { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: SecretId };
  const readTo = (client: SecretsManagerClient) => client.send(new GetSecretValueCommand({ SecretId }));
  const nobody = await as('nobody');
  expect(await failure(readTo(nobody))).toEqual({
    name: 'AccessDeniedException',
    message: expect.stringMatching(/not authorized to perform: secretsmanager:GetSecretValue on resource/) as string,
  });
  const reader = await as('reader', read);
  expect((await readTo(reader)).SecretString).toBe('first');

  const key = await harness.aws.bootstrap.createKey({
    accountId: BROKER,
    region: 'us-east-1',
    name: 'k',
    spec: 'SYMMETRIC_DEFAULT',
  });
  await harness.aws.secrets.put({ ...SPECIFICATION, kmsKeyId: key.arn });
  expect((await failure(readTo(reader))).message).toMatch(/not authorized to perform: kms:Decrypt/);
  const Condition = { StringEquals: { 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' } };
  const decrypter = await as('decrypter', read, {
    Effect: 'Allow',
    Action: 'kms:Decrypt',
    Resource: key.arn,
    Condition,
  });
  expect((await readTo(decrypter)).SecretString).toBe('first');

  const deny = { Effect: 'Deny', Principal: '*', Action: 'secretsmanager:GetSecretValue', Resource: '*' };
  await harness.aws.secrets.putPolicy(SecretId, policy(deny));
  expect((await failure(readTo(decrypter))).message).toMatch(/explicit deny in a resource-based policy/);
});

test('passwords follow their rules', async () => {
  const made = async (rules: object) => (await client.send(new GetRandomPasswordCommand(rules))).RandomPassword ?? '';
  expect(await made({})).toHaveLength(32);
  expect(await made({ PasswordLength: 4 })).toMatch(/(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^\w])/);
  const digits = { PasswordLength: 64, ExcludePunctuation: true, ExcludeUppercase: true, ExcludeLowercase: true };
  expect(await made({ ...digits, ExcludeCharacters: '0' })).toMatch(/^[1-9]{64}$/);
  expect((await failure(made({ PasswordLength: 3 }))).name).toBe('InvalidParameterException');
});

test('only a secret with a function rotates, and once at a time', async () => {
  const rotate = (more: object = {}) => client.send(new RotateSecretCommand({ SecretId, ...more }));
  expect((await failure(rotate())).name).toBe('InvalidRequestException');
  const lambdaArn = `arn:aws:lambda:us-east-1:${BROKER}:function:rotate`;
  await rotate({
    RotationLambdaARN: lambdaArn,
    RotationRules: { AutomaticallyAfterDays: 30 },
    RotateImmediately: false,
  });
  expect(await client.send(new DescribeSecretCommand({ SecretId }))).toMatchObject({
    RotationEnabled: true,
    RotationLambdaARN: lambdaArn,
    NextRotationDate: new Date(harness.now + 30 * 86_400_000),
  });
  expect(await rotate({ ClientRequestToken: V2 })).toMatchObject({ ARN: SecretId, VersionId: V2 });
  await put(V2, 'second', ['AWSPENDING']);
  expect((await failure(rotate())).message).toMatch(/A previous rotation isn't complete/);
});

test('a throttle', async () => {
  harness.faults.set({
    rules: [{ service: 'secretsmanager', operation: 'GetSecretValue', kind: 'throttle', rate: 1 }],
  });
  expect((await failure(get())).name).toBe('ThrottlingException');
});
