import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import type { Message, SendMessageCommandInput } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { QueueSpecification } from '../../../local/aws/sqs/queues.ts';
import { BROKER, failure, functionCredentials, policy, startLocalAws } from './harness.ts';
import type { Harness } from './harness.ts';

let harness: Harness;
let sqs: SQSClient;
let QueueUrl: string;

const make = (name: string, change: Partial<QueueSpecification> = {}) =>
  harness.aws.bootstrap.createQueue({ accountId: BROKER, region: 'us-east-1', name, ...change });

beforeEach(async () => {
  harness = await startLocalAws();
  const credentials = await functionCredentials(harness, 'relay', { Effect: 'Allow', Action: 'sqs:*', Resource: '*' });
  sqs = new SQSClient(harness.client(credentials));
  await make('dead.fifo');
  await make('enforce.fifo', {
    visibilityTimeout: 30,
    redrive: { deadLetterTargetArn: `arn:aws:sqs:us-east-1:${BROKER}:dead.fifo`, maxReceiveCount: 2 },
  });
  const found = await sqs.send(new GetQueueUrlCommand({ QueueName: 'enforce.fifo' }));
  QueueUrl = found.QueueUrl ?? '';
});

afterEach(() => harness.stop());

let sent = 0;
const send = (MessageBody: string, group: string, change: Partial<SendMessageCommandInput> = {}) => {
  const MessageDeduplicationId = `d-${sent++}`;
  const input = { QueueUrl, MessageBody, MessageGroupId: group, MessageDeduplicationId, ...change };
  return sqs.send(new SendMessageCommand(input));
};
const receive = async (max = 10, queueUrl = QueueUrl): Promise<Message[]> => {
  const input = { QueueUrl: queueUrl, MaxNumberOfMessages: max, MessageSystemAttributeNames: ['All' as const] };
  return (await sqs.send(new ReceiveMessageCommand(input))).Messages ?? [];
};
const remove = (message: Message | undefined) =>
  sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
const bodies = (messages: readonly Message[]) => messages.map((message) => message.Body);

test('the queue’s URL and attributes are as on AWS', async () => {
  expect(QueueUrl).toBe(`${harness.url}/${BROKER}/enforce.fifo`);
  await send('a', 'g1');
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  expect(Attributes).toMatchObject({
    QueueArn: `arn:aws:sqs:us-east-1:${BROKER}:enforce.fifo`,
    FifoQueue: 'true',
    ApproximateNumberOfMessages: '1',
    VisibilityTimeout: '30',
  });
});

test('a group comes in order, and only one batch of it is in flight', async () => {
  for (const [body, group] of [
    ['a1', 'A'],
    ['b1', 'B'],
    ['a2', 'A'],
    ['b2', 'B'],
  ] as const)
    await send(body, group);
  const first = await receive(1);
  expect(bodies(first)).toEqual(['a1']);
  expect(first[0]?.Attributes).toMatchObject({ MessageGroupId: 'A', ApproximateReceiveCount: '1' });
  expect(bodies(await receive())).toEqual(['b1', 'b2']);
  expect(bodies(await receive())).toEqual([]);
  await remove(first[0]);
  expect(bodies(await receive())).toEqual(['a2']);
});

test('what is not deleted comes back after its visibility time-out, before what follows in its group', async () => {
  await send('a1', 'A');
  await send('a2', 'A');
  const [held] = await receive(1);
  harness.now += 29_999;
  expect(await receive()).toEqual([]);
  harness.now += 1;
  const late = await failure(remove(held));
  expect(late.message).toContain('The receipt handle has expired');
  expect(bodies(await receive())).toEqual(['a1', 'a2']);
});

test('a visibility time-out can be changed while in flight, not after', async () => {
  await send('a1', 'A');
  const [held] = await receive(1);
  const change = (VisibilityTimeout: number) =>
    sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: held?.ReceiptHandle, VisibilityTimeout }));
  await change(60);
  harness.now += 59_000;
  expect(await receive()).toEqual([]);
  await change(0);
  expect(bodies(await receive())).toEqual(['a1']);
  expect((await failure(change(10))).name).toBe('MessageNotInflight');
});

test('a duplicate within five minutes is sent once', async () => {
  const first = await send('a1', 'A', { MessageDeduplicationId: 'same' });
  harness.now += 299_999;
  const again = await send('a1 again', 'A', { MessageDeduplicationId: 'same' });
  expect([again.MessageId, again.SequenceNumber]).toEqual([first.MessageId, first.SequenceNumber]);
  harness.now += 1;
  await send('a1 later', 'A', { MessageDeduplicationId: 'same' });
  expect(bodies(await receive())).toEqual(['a1', 'a1 later']);
});

test('with content-based deduplication the body is the id; without, one is demanded', async () => {
  await make('content.fifo', { contentBasedDeduplication: true });
  const content = { QueueUrl: `${harness.url}/${BROKER}/content.fifo`, MessageDeduplicationId: undefined };
  const one = await send('same', 'A', content);
  expect((await send('same', 'B', content)).MessageId).toBe(one.MessageId);
  expect((await failure(send('x', 'A', { MessageDeduplicationId: undefined }))).message).toContain(
    'ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
  expect((await failure(send('x', 'A', { MessageGroupId: undefined }))).message).toContain('MessageGroupId');
});

test('a message received too often goes to the dead-letter queue, and its group goes on', async () => {
  await send('poison', 'A');
  await send('fine', 'A');
  for (let i = 0; i < 2; i++) {
    expect(bodies(await receive(1))).toEqual(['poison']);
    harness.now += 30_000;
  }
  expect(bodies(await receive())).toEqual(['fine']);
  const dead = await receive(10, `${harness.url}/${BROKER}/dead.fifo`);
  expect(bodies(dead)).toEqual(['poison']);
  expect(dead[0]?.Attributes?.['MessageGroupId']).toBe('A');
});

test('a batch tells for each entry how it went', async () => {
  const entry = (Id: string, MessageGroupId?: string) => ({
    Id,
    MessageBody: Id,
    MessageDeduplicationId: Id,
    ...(MessageGroupId === undefined ? {} : { MessageGroupId }),
  });
  const batch = (...Entries: ReturnType<typeof entry>[]) =>
    sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  const answer = await batch(entry('one', 'A'), entry('two'));
  expect(answer.Successful?.map(({ Id }) => Id)).toEqual(['one']);
  expect(answer.Failed).toMatchObject([{ Id: 'two', Code: 'MissingParameter', SenderFault: true }]);
  expect((await failure(batch(entry('x', 'A'), entry('x', 'A')))).name).toBe('BatchEntryIdsNotDistinct');
  expect((await failure(batch())).name).toBe('EmptyBatchRequest');
});

test('a waiting receive wakes when something is sent', async () => {
  const waiting = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  await send('a1', 'A');
  expect(bodies((await waiting).Messages ?? [])).toEqual(['a1']);
});

test('messages past the retention period are gone', async () => {
  await make('enforce.fifo', { retentionPeriod: 3_600 });
  await send('old', 'A');
  harness.now += 3_600_000;
  expect(await receive()).toEqual([]);
});

test('an unknown queue, an invalid body and a foreign receipt handle are refused', async () => {
  expect((await failure(send('x', 'A', { QueueUrl: `${QueueUrl}x` }))).name).toBe('QueueDoesNotExist');
  expect((await failure(send('\u0000', 'A'))).name).toBe('InvalidParameterValue');
  expect((await failure(remove({ ReceiptHandle: 'AAAA' }))).name).toBe('ReceiptHandleIsInvalid');
});

test('the queue’s policy counts, also against a role that may do everything', async () => {
  const denySend = { Effect: 'Deny', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' };
  await make('enforce.fifo', { policy: policy(denySend) });
  const denied = await failure(send('x', 'A'));
  expect(denied.message).toContain('with an explicit deny in a resource-based policy');
});
