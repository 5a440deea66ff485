import { GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SQS_CLIENT } from '../../../adapters/aws/clientOptions.ts';
import { createSqsRevocationQueue } from '../../../adapters/aws/sqsRevocationQueue.ts';
import type { RevocationQueue } from '../../../core/ports.ts';
import { BROKER, functionCredentials, startLocalAws } from '../../local/aws/harness.ts';
import type { Harness } from '../../local/aws/harness.ts';

const ROLE = 'arn:aws:iam::111122223333:role/writ/lend/writ-orders-read';
const OTHER = 'arn:aws:iam::444455556666:role/writ/lend/writ-archive-read';

let harness: Harness;
let client: SQSClient;
let queue: RevocationQueue;
let queueUrl: string;

beforeAll(async () => {
  harness = await startLocalAws();
  const credentials = await functionCredentials(harness, 'relay', { Effect: 'Allow', Action: 'sqs:*', Resource: '*' });
  await harness.aws.bootstrap.createQueue({ accountId: BROKER, region: 'us-east-1', name: 'writ-revocations.fifo' });
  client = new SQSClient({ ...SQS_CLIENT, endpoint: harness.url, region: 'us-east-1', credentials });
  const { QueueUrl = '' } = await client.send(new GetQueueUrlCommand({ QueueName: 'writ-revocations.fifo' }));
  queueUrl = QueueUrl;
  let sent = 0;
  queue = createSqsRevocationQueue({ client, queueUrl, uniqueId: () => `unique-${sent++}` });
});
afterAll(async () => {
  client.destroy();
  await harness.stop();
});

async function received() {
  const { Messages: messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['All'],
    }),
  );
  return messages.map(({ Body, Attributes }) => ({ body: Body, group: Attributes?.['MessageGroupId'] }));
}

test('each call is a message in its role’s group: news is never taken for a repeat, a lost answer never sent twice', async () => {
  await queue.enqueue(ROLE);
  await queue.enqueue(ROLE);
  harness.faults.set({
    rules: [{ service: 'sqs', operation: 'SendMessage', kind: 'timeoutAfter', rate: 1, times: 1 }],
  });
  await queue.enqueue(OTHER);
  const role = { body: JSON.stringify({ roleArn: ROLE }), group: ROLE };
  const other = { body: JSON.stringify({ roleArn: OTHER }), group: OTHER };
  expect(await received()).toEqual([role, role, other]);
});

test('a queue that is not there rejects', async () => {
  const lost = createSqsRevocationQueue({ client, queueUrl: `${queueUrl}-2.fifo`, uniqueId: () => 'x' });
  await expect(lost.enqueue(ROLE)).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
});
