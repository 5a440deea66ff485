import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { PublishCommandInput } from '@aws-sdk/client-sns';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BROKER, failure, functionCredentials, policy, startLocalAws } from '../harness.ts';
import type { Harness } from '../harness.ts';

const TOPIC = `arn:aws:sns:us-east-1:${BROKER}:people`;

let harness: Harness;
let client: SNSClient;

const subscribe = (id: string, endpoint: string, recipient?: string): void => {
  harness.aws.topics.subscribe({
    arn: `${TOPIC}:${id}`,
    topicArn: TOPIC,
    protocol: endpoint.startsWith('https:') ? 'https' : 'email',
    endpoint,
    ...(recipient !== undefined && { filter: { recipient: [recipient] } }),
  });
};

beforeEach(async () => {
  harness = await startLocalAws();
  harness.aws.topics.put({ accountId: BROKER, region: 'us-east-1', name: 'people' });
  subscribe('1', 'ada@example.com', 'ada');
  subscribe('2', 'bob@example.com', 'bob');
  const may = { Effect: 'Allow', Action: 'sns:Publish', Resource: TOPIC };
  client = new SNSClient(harness.client(await functionCredentials(harness, 'notifier', may)));
});
afterEach(() => harness.stop());

const publish = (change: Partial<PublishCommandInput> = {}) =>
  client.send(new PublishCommand({ TopicArn: TOPIC, Subject: 'Please decide', Message: 'Text <&> ü', ...change }));
const to = (DataType: string, StringValue: string): Partial<PublishCommandInput> => ({
  MessageAttributes: { recipient: { DataType, StringValue }, other: { DataType: 'String', StringValue: 'x' } },
});

test('a message goes to whom the attributes name', async () => {
  const { MessageId } = await publish(to('String', 'bob'));
  expect(MessageId).toMatch(/^[0-9a-f-]{36}$/);
  expect(harness.aws.outbox.list()).toEqual([
    {
      id: 1,
      at: '2026-11-21T09:00:00.000Z',
      channel: 'email',
      to: 'bob@example.com',
      subject: 'Please decide',
      body: 'Text <&> ü',
    },
  ]);
  await publish(to('String.Array', '["ada","bob"]'));
  expect(harness.aws.outbox.list({ since: 1 }).map((entry) => entry.to)).toEqual([
    'ada@example.com',
    'bob@example.com',
  ]);
  await publish();
  await publish(to('String', 'eve'));
  expect(harness.aws.outbox.list()).toHaveLength(3);
});

test('a URL gets the notification', async () => {
  subscribe('3', 'https://example.com/hook');
  const { MessageId } = await publish();
  const [entry] = harness.aws.outbox.list();
  expect(entry).toMatchObject({ channel: 'hook', to: 'https://example.com/hook', subject: 'Please decide' });
  expect(entry?.headers).toMatchObject({ 'x-amz-sns-message-type': 'Notification', 'x-amz-sns-topic-arn': TOPIC });
  expect(JSON.parse(entry?.body ?? '')).toEqual({
    Type: 'Notification',
    MessageId,
    TopicArn: TOPIC,
    Subject: 'Please decide',
    Message: 'Text <&> ü',
    Timestamp: '2026-11-21T09:00:00.000Z',
  });
});

test.each<[string, Partial<PublishCommandInput>, string, RegExp]>([
  ['a long subject', { Subject: 'x'.repeat(101) }, 'InvalidParameter', /a subject is 1 to 100 printable ASCII/],
  ['a line break in a subject', { Subject: 'a\nb' }, 'InvalidParameter', /a subject is 1 to 100 printable ASCII/],
  ['another script in a subject', { Subject: 'für' }, 'InvalidParameter', /a subject is 1 to 100 printable ASCII/],
  ['a long message', { Message: 'x'.repeat(262_145) }, 'InvalidParameter', /Message too long/],
  ['an empty message', { Message: '' }, 'InvalidParameter', /Empty message/],
  ['what is not built', { MessageStructure: 'json' }, 'InvalidParameter', /MessageStructure/],
  ['a list that is none', to('String.Array', 'ada'), 'InvalidParameterValue', /'recipient' is no valid String.Array/],
  ['a topic that is not there', { TopicArn: `${TOPIC}2` }, 'NotFound', /Topic does not exist/],
])('%s is refused', async (_name, change, name, message) => {
  const refused = await failure(publish(change));
  expect(refused.name.replace(/Exception$/, '')).toBe(name);
  expect(refused.message).toMatch(message);
  expect(harness.aws.outbox.list()).toEqual([]);
});

test('IAM and the topic’s policy decide', async () => {
  const nobody = new SNSClient(harness.client(await functionCredentials(harness, 'nobody')));
  const denied = await failure(nobody.send(new PublishCommand({ TopicArn: TOPIC, Message: 'x' })));
  expect(denied.name).toMatch(/^AuthorizationError|^AccessDenied/);
  expect(denied.message).toMatch(/is not authorized to perform: sns:Publish on resource: .*:people because no/);
  const deny = { Effect: 'Deny', Principal: '*', Action: 'sns:Publish', Resource: TOPIC };
  harness.aws.topics.putPolicy(TOPIC, policy(deny));
  expect((await failure(publish())).message).toMatch(/with an explicit deny in a resource-based policy/);
});

test('a throttle', async () => {
  harness.faults.set({ rules: [{ service: 'sns', operation: 'Publish', kind: 'throttle', rate: 1 }] });
  expect((await failure(publish())).message).toBe('Rate exceeded');
});

test('a filter that is not built is refused when it is deployed', () => {
  const filter = { recipient: [{ wildcard: 'a*' }] };
  const subscription = { arn: 'a', topicArn: TOPIC, protocol: 'email', endpoint: 'x@example.com', filter } as const;
  expect(() => {
    harness.aws.topics.subscribe(subscription);
  }).toThrow('the operator `wildcard` is not known to the local AWS');
});
