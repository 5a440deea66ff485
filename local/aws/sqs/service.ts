/**
 * The local Amazon SQS, in its JSON protocol.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { operationsWith } from '../operation.ts';
import { AwsError } from '../service.ts';
import type { Access, Call, Service } from '../service.ts';
import { digestOf, MESSAGE_ATTRIBUTES, wantedAttributes } from './attributes.ts';
import type { Message, MessageAttributes, Queue, QueueStore, Received } from './queues.ts';

const operation = operationsWith('InvalidParameterValue');

const URL_OF_QUEUE = z.string().min(1).max(1_024);
const HANDLE = z.string().min(1).max(1_024);
const TOKEN = z.string().regex(/^[\w!"#$%&'()*+,\-./:;<=>?@[\\\]^`{|}~]{1,128}$/);
/** Characters that XML 1.0 allows, up to 1 MiB. */
const BODY = z
  .string()
  .min(1)
  .refine((body) => Buffer.byteLength(body) <= 1_048_576, 'a message is at most 1048576 bytes')
  .refine((body) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(body), 'invalid characters');
const OUTGOING = {
  MessageBody: BODY,
  MessageAttributes: MESSAGE_ATTRIBUTES.optional(),
  MessageGroupId: TOKEN.optional(),
  MessageDeduplicationId: TOKEN.optional(),
};
const SECONDS = z.int().min(0).max(43_200);

const SEND = z.strictObject({ QueueUrl: URL_OF_QUEUE, ...OUTGOING });
const ENTRY = z.strictObject({ Id: z.string().regex(/^[\w-]{1,80}$/), ...OUTGOING });
const SEND_BATCH = z.strictObject({ QueueUrl: URL_OF_QUEUE, Entries: z.array(ENTRY) });
const RECEIVE = z.strictObject({
  QueueUrl: URL_OF_QUEUE,
  MaxNumberOfMessages: z.int().min(1).max(10).default(1),
  VisibilityTimeout: SECONDS.optional(),
  WaitTimeSeconds: z.int().min(0).max(20).default(0),
  AttributeNames: z.array(z.string()).default([]),
  MessageSystemAttributeNames: z.array(z.string()).default([]),
  MessageAttributeNames: z.array(z.string()).default([]),
});
const DELETE = z.strictObject({ QueueUrl: URL_OF_QUEUE, ReceiptHandle: HANDLE });
const CHANGE_VISIBILITY = DELETE.extend({ VisibilityTimeout: SECONDS });
const ATTRIBUTES = z.strictObject({ QueueUrl: URL_OF_QUEUE, AttributeNames: z.array(z.string()).default([]) });
const GET_URL = z.strictObject({ QueueName: z.string(), QueueOwnerAWSAccountId: z.string().optional() });

/** How often a waiting receive looks again, for messages that become visible by themselves. */
const RECHECK_MS = 200;

/** `endpoint` is the URL that clients reach the local AWS by: queue URLs begin with it. */
export function createSqs(queues: QueueStore, endpoint: () => string): Service {
  const find = (queueUrl: string): Queue => {
    const match = /\/(\d{12})\/([\w-]{1,80}(?:\.fifo)?)$/.exec(queueUrl);
    const queue = match ? queues.find(match[1] ?? '', match[2] ?? '') : undefined;
    if (queue === undefined) throw noSuchQueue();
    return queue;
  };
  const need =
    (action: string) =>
    ({ QueueUrl }: { QueueUrl: string }): readonly Access[] => [accessTo(action, find(QueueUrl))];

  return {
    signingName: 'sqs',
    protocol: 'json-1.0',
    namespace: 'AmazonSQS',
    operations: {
      SendMessage: operation(SEND, {
        access: need('sqs:SendMessage'),
        handle: ({ QueueUrl, ...message }, call) => send(queues, find(QueueUrl), message, call),
      }),
      SendMessageBatch: operation(SEND_BATCH, {
        access: need('sqs:SendMessage'),
        async handle({ QueueUrl, Entries }, call) {
          checkBatch(Entries);
          const queue = find(QueueUrl);
          const successful: unknown[] = [];
          const failed: unknown[] = [];
          for (const { Id, ...message } of Entries) {
            try {
              successful.push({ Id, ...(await send(queues, queue, message, call)) });
            } catch (error) {
              if (!(error instanceof AwsError)) throw error;
              failed.push({ Id, SenderFault: true, Code: error.code, Message: error.message });
            }
          }
          return { Successful: successful, Failed: failed };
        },
      }),
      ReceiveMessage: operation(RECEIVE, {
        access: need('sqs:ReceiveMessage'),
        async handle(input) {
          const wanted = [...input.AttributeNames, ...input.MessageSystemAttributeNames];
          const received = await receive(queues, find(input.QueueUrl), input);
          return received.length === 0
            ? {}
            : { Messages: received.map((message) => onWire(message, wanted, input.MessageAttributeNames)) };
        },
      }),
      DeleteMessage: operation(DELETE, {
        access: need('sqs:DeleteMessage'),
        handle: ({ QueueUrl, ReceiptHandle }) => queues.delete(find(QueueUrl), ReceiptHandle),
      }),
      ChangeMessageVisibility: operation(CHANGE_VISIBILITY, {
        access: need('sqs:ChangeMessageVisibility'),
        handle: ({ QueueUrl, ReceiptHandle, VisibilityTimeout }) =>
          queues.changeVisibility(find(QueueUrl), ReceiptHandle, VisibilityTimeout),
      }),
      GetQueueAttributes: operation(ATTRIBUTES, {
        access: need('sqs:GetQueueAttributes'),
        handle({ QueueUrl, AttributeNames }) {
          const all = Object.entries(attributesOf(queues, find(QueueUrl)));
          const wanted = all.filter(([name]) => AttributeNames.includes('All') || AttributeNames.includes(name));
          return wanted.length === 0 ? {} : { Attributes: Object.fromEntries(wanted) };
        },
      }),
      GetQueueUrl: operation(GET_URL, {
        access(input, call) {
          const queue = queues.find(input.QueueOwnerAWSAccountId ?? call.caller.accountId, input.QueueName);
          if (queue === undefined) throw noSuchQueue();
          return [accessTo('sqs:GetQueueUrl', queue)];
        },
        handle: (input, call) => ({
          QueueUrl: `${endpoint()}/${input.QueueOwnerAWSAccountId ?? call.caller.accountId}/${input.QueueName}`,
        }),
      }),
    },
  };
}

function accessTo(action: string, queue: Queue): Access {
  return {
    action,
    resource: queue.arn,
    ...(queue.policy === undefined ? {} : { resourcePolicy: queue.policy }),
  };
}

interface Outgoing {
  readonly MessageBody: string;
  readonly MessageAttributes?: MessageAttributes | undefined;
  readonly MessageGroupId?: string | undefined;
  readonly MessageDeduplicationId?: string | undefined;
}

async function send(queues: QueueStore, queue: Queue, message: Outgoing, call: Call): Promise<object> {
  const { messageId, sequence } = await queues.send(queue, {
    body: message.MessageBody,
    ...(message.MessageAttributes === undefined ? {} : { attributes: message.MessageAttributes }),
    ...(message.MessageGroupId === undefined ? {} : { groupId: message.MessageGroupId }),
    ...(message.MessageDeduplicationId === undefined ? {} : { deduplicationId: message.MessageDeduplicationId }),
    senderId: call.caller.kind === 'root' ? call.caller.accountId : `${call.caller.roleId}:${call.caller.sessionName}`,
  });
  return {
    MessageId: messageId,
    MD5OfMessageBody: md5(message.MessageBody),
    ...(message.MessageAttributes === undefined ? {} : { MD5OfMessageAttributes: digestOf(message.MessageAttributes) }),
    ...(queue.fifo ? { SequenceNumber: wireSequence(sequence) } : {}),
  };
}

/** Waits for a message as long as the call says, in real time: the client counts by its own clock. */
async function receive(
  queues: QueueStore,
  queue: Queue,
  input: z.output<typeof RECEIVE>,
): Promise<readonly Received[]> {
  const deadline = performance.now() + input.WaitTimeSeconds * 1_000;
  for (;;) {
    const arrival = queues.nextArrival(queue);
    const received = await queues.receive(queue, input.MaxNumberOfMessages, input.VisibilityTimeout);
    const left = deadline - performance.now();
    if (received.length > 0 || left <= 0) return received;
    await Promise.race([arrival, sleep(Math.min(left, RECHECK_MS))]);
  }
}

function checkBatch(entries: readonly { readonly Id: string }[]): void {
  const refuse = (name: string, message: string): AwsError =>
    new AwsError(name, message, 400, { queryCode: `AWS.SimpleQueueService.${name}` });
  if (entries.length === 0) throw refuse('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > 10)
    throw refuse('TooManyEntriesInBatchRequest', 'Maximum number of entries per request are 10.');
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw refuse('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.');
  }
}

function onWire(message: Received, wanted: readonly string[], wantedOwn: readonly string[]): object {
  const own = wantedAttributes(message.attributes ?? {}, wantedOwn);
  const attributes = Object.entries(systemAttributes(message)).filter(
    ([name]) => wanted.includes('All') || wanted.includes(name),
  );
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: md5(message.body),
    ...(attributes.length === 0 ? {} : { Attributes: Object.fromEntries(attributes) }),
    ...(Object.keys(own).length === 0 ? {} : { MessageAttributes: own, MD5OfMessageAttributes: digestOf(own) }),
  };
}

/** As AWS gives them to consumers, also to those in process. */
export function systemAttributes(message: Message): Readonly<Record<string, string>> {
  return {
    SenderId: message.senderId,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? message.sentAt),
    ...(message.groupId === undefined ? {} : { MessageGroupId: message.groupId }),
    ...(message.deduplicationId === undefined
      ? {}
      : { MessageDeduplicationId: message.deduplicationId, SequenceNumber: wireSequence(message.sequence) }),
  };
}

function attributesOf(queues: QueueStore, queue: Queue): Record<string, string> {
  const { visible, inFlight } = queues.counts(queue);
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: '0',
    CreatedTimestamp: String(Math.floor(queue.createdAt / 1_000)),
    VisibilityTimeout: String(queue.visibilityTimeout),
    MessageRetentionPeriod: String(queue.retentionPeriod),
    MaximumMessageSize: '1048576',
    ...(queue.policy === undefined ? {} : { Policy: queue.policy }),
    ...(queue.redrive === undefined ? {} : { RedrivePolicy: JSON.stringify(queue.redrive) }),
    ...(queue.fifo
      ? { FifoQueue: 'true', ContentBasedDeduplication: String(queue.contentBasedDeduplication ?? false) }
      : {}),
  };
}

function noSuchQueue(): AwsError {
  return new AwsError('QueueDoesNotExist', 'The specified queue does not exist.', 400, {
    queryCode: 'AWS.SimpleQueueService.NonExistentQueue',
  });
}

function wireSequence(sequence: number): string {
  return String(sequence).padStart(20, '0');
}

/** The client checks its message against it. */
function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
