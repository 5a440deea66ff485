import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { afterEach, expect, test } from 'vitest';
import { DYNAMODB_CLIENT, SQS_CLIENT, STS_CLIENT } from '../../../adapters/aws/clientOptions.ts';
import { createDynamoGrantStore } from '../../../adapters/aws/dynamoGrantStore.ts';
import type { HttpFake } from './httpFake.ts';
import { startFake } from './httpFake.ts';
import { AT_ONCE } from './tables.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
const place = (fake: HttpFake) => ({ endpoint: fake.url, region: 'us-east-1', credentials });
const TABLES = { grantsTable: 'writ-grants', auditTable: 'writ-audit' };

let stop: () => Promise<void> = async () => undefined;
afterEach(() => stop());

async function silentServer(): Promise<HttpFake> {
  const fake = await startFake('silence');
  stop = () => fake.stop();
  return fake;
}

test('a silent DynamoDB is given up, after the time-out and three attempts of the store’s own', async () => {
  const fake = await silentServer();
  const requestHandler = { ...DYNAMODB_CLIENT.requestHandler, requestTimeout: 50 };
  const client = new DynamoDBClient({ ...DYNAMODB_CLIENT, ...place(fake), requestHandler });
  const store = createDynamoGrantStore({ client, ...AT_ONCE, ...TABLES });
  await expect(store.get('grt_1')).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(fake.received).toHaveLength(3);
});

test('attempts and time-outs are as the adapters count on', async () => {
  const fake = await silentServer();
  const attempts = (client: DynamoDBClient | STSClient | SQSClient) => client.config.maxAttempts();
  expect(await attempts(new DynamoDBClient({ ...DYNAMODB_CLIENT, ...place(fake) }))).toBe(1);
  expect(await attempts(new STSClient({ ...STS_CLIENT, ...place(fake) }))).toBe(1);
  expect(await attempts(new SQSClient({ ...SQS_CLIENT, ...place(fake) }))).toBe(3);
  for (const { requestHandler } of [DYNAMODB_CLIENT, STS_CLIENT, SQS_CLIENT]) {
    expect(requestHandler).toEqual({ connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true });
  }
});
