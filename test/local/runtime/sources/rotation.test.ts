import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { memoryStore } from '../../../../local/aws/store.ts';
import type { StateStore } from '../../../../local/aws/store.ts';
import { failed } from '../../../../local/runtime/lambda/outcome.ts';
import { startRotations } from '../../../../local/runtime/sources/rotation.ts';
import type { EventSource } from '../../../../local/runtime/sources/source.ts';
import { BROKER, functionCredentials, startLocalAws } from '../../aws/harness.ts';
import type { Harness } from '../../aws/harness.ts';

const FUNCTION = `arn:aws:lambda:us-east-1:${BROKER}:function:rotate`;
const DAY_MS = 86_400_000;

interface Step {
  readonly Step: string;
  readonly SecretId: string;
  readonly ClientRequestToken: string;
}

let store: StateStore;
let harness: Harness;
let client: SecretsManagerClient;
let SecretId: string;
let source: EventSource | undefined;

beforeEach(async () => {
  store = memoryStore();
  harness = await startLocalAws({ store });
  const { secrets } = harness.aws;
  const stated = { accountId: BROKER, region: 'us-east-1', name: 's', stated: '1', value: () => 'first' };
  SecretId = (await secrets.put(stated)).arn;
  await signIn();
});
afterEach(async () => {
  await source?.stop();
  await harness.stop();
});

/** Sessions end long before the next rotation. */
async function signIn(): Promise<void> {
  const may = { Effect: 'Allow', Action: 'secretsmanager:*', Resource: SecretId };
  client = new SecretsManagerClient(harness.client(await functionCredentials(harness, 'rotate', may)));
}

/** Does what a rotation function does, over the wire. */
async function rotate({ Step, SecretId, ClientRequestToken }: Step): Promise<void> {
  if (Step === 'createSecret') {
    const SecretString = `made for ${ClientRequestToken}`;
    const VersionStages = ['AWSPENDING'];
    await client.send(new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString, VersionStages }));
  }
  if (Step !== 'finishSecret') return;
  const { VersionId } = await client.send(new GetSecretValueCommand({ SecretId }));
  const move = { SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: ClientRequestToken };
  await client.send(new UpdateSecretVersionStageCommand({ ...move, RemoveFromVersionId: VersionId }));
}

function start(failures = 0, permitted = true) {
  const steps: Step[] = [];
  const reports: string[] = [];
  let left = failures;
  source = startRotations({
    secrets: harness.aws.secrets,
    store,
    permissions: permitted ? [{ functionArn: FUNCTION, principal: 'secretsmanager.amazonaws.com' }] : [],
    async invoke(_arn, event) {
      steps.push(event as Step);
      if ((event as Step).Step === 'testSecret' && left-- > 0) return failed('Error', 'not yet');
      await rotate(event as Step);
      return { ok: true, payload: 'null' };
    },
    clock: () => harness.now,
    sleepUntil: async (time, signal) => {
      while (harness.now < time && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, 2));
    },
    report: (error) => reports.push(String(error)),
  });
  return { steps, reports };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
const secret = () => harness.aws.secrets.find(BROKER, 'us-east-1', SecretId);

test('a secret rotates at once, and then by its schedule', async () => {
  await harness.aws.secrets.putRotation(SecretId, { lambdaArn: FUNCTION, rateMs: 30 * DAY_MS }, true);
  const { steps } = start();
  await until(() => secret()?.rotatedAt !== undefined);
  const token = steps[0]?.ClientRequestToken ?? '';
  expect(steps).toEqual(
    ['createSecret', 'setSecret', 'testSecret', 'finishSecret'].map((Step) => ({
      Step,
      SecretId,
      ClientRequestToken: token,
    })),
  );
  const current = await client.send(new GetSecretValueCommand({ SecretId }));
  expect(current).toMatchObject({ SecretString: `made for ${token}`, VersionStages: ['AWSCURRENT'] });
  expect(await client.send(new GetSecretValueCommand({ SecretId, VersionStage: 'AWSPREVIOUS' }))).toMatchObject({
    SecretString: 'first',
  });
  const first = harness.now;
  expect(secret()?.nextRotationAt).toBe(first + 30 * DAY_MS);

  // A redeployment with the same schedule changes nothing.
  await harness.aws.secrets.putRotation(SecretId, { lambdaArn: FUNCTION, rateMs: 30 * DAY_MS }, true);
  const next = first + 30 * DAY_MS;
  harness.now = next - 1;
  await signIn();
  harness.now = next;
  await until(() => secret()?.rotatedAt === harness.now);
  expect(steps).toHaveLength(8);
  expect(harness.aws.secrets.rotations.entries()).toHaveLength(1);
});

test('a rotation that fails is begun again later, for the same version', async () => {
  await harness.aws.secrets.putRotation(SecretId, { lambdaArn: FUNCTION }, true);
  const { steps, reports } = start(1);
  await until(() => reports.length === 1);
  expect(reports).toEqual(['Error: testSecret: Error: not yet']);
  expect((await client.send(new GetSecretValueCommand({ SecretId }))).SecretString).toBe('first');
  harness.now += 60_000;
  await until(() => secret()?.rotatedAt !== undefined);
  expect(new Set(steps.map((step) => step.ClientRequestToken)).size).toBe(1);
  expect(steps.map((step) => step.Step).slice(3)).toEqual(['createSecret', 'setSecret', 'testSecret', 'finishSecret']);
  expect(harness.aws.secrets.rotations.entries()).toEqual([]);
});

test('a function that Secrets Manager may not invoke is not invoked', async () => {
  await harness.aws.secrets.putRotation(SecretId, { lambdaArn: FUNCTION }, true);
  const { steps, reports } = start(0, false);
  await until(() => reports.length === 1);
  expect([steps, reports]).toEqual([[], [`Error: Secrets Manager may not invoke ${FUNCTION}`]]);
});
