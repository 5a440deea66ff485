/**
 * An SQS queue that feeds a function: messages are deleted when the function has dealt with them, and come again after
 * their visibility time-out when it has not.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
import { createHash } from 'node:crypto';
import type { SQSMessageAttribute, SQSRecord } from 'aws-lambda';
import type { MessageAttribute, Queue, QueueStore, Received } from '../../aws/sqs/queues.ts';
import type { EventSourceSpec } from '../deploy/deployment.ts';
import { gatherMs, itemFailures, loop, pause, untilAborted } from './source.ts';
import type { EventSource, SourceDeps } from './source.ts';

export interface QueueDeps extends SourceDeps {
  readonly queues: QueueStore;
  /** How many times faster than real time the queues' clock runs. @default 1 */
  readonly clockRate?: number;
}

/** By one call to SQS. */
const MAX_RECEIVED = 10;
/** Messages whose visibility time-out ends arrive without a sound. */
const LOOK_EVERY_MS = 1_000;
const NEEDED = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'] as const;

export function startQueue(spec: EventSourceSpec, deps: QueueDeps): EventSource {
  const { sourceArn, functionArn } = spec;
  const { queues, clockRate = 1 } = deps;
  /** Without a window, Lambda takes no more than SQS gives at once. */
  const most = spec.windowSeconds > 0 ? spec.batchSize : Math.min(MAX_RECEIVED, spec.batchSize);
  let isMoreThere = false;
  return loop(`event source ${sourceArn}`, deps.report, async (signal) => {
    if (!isMoreThere && spec.windowSeconds > 0) await pause(gatherMs(spec), signal);
    if (signal.aborted) return;
    const queue = queues.byArn(sourceArn);
    if (!queue) throw new Error(`there is no queue \`${sourceArn}\``);
    for (const action of NEEDED) await deps.authorize(functionArn, action, sourceArn);
    const arrival = queues.nextArrival(queue);
    // A batch never spans message groups here: one group's failure holds up nobody else's.
    // What the function holds stays hidden for as long as its work takes, which is real time.
    const visibility = queue.visibilityTimeout * clockRate;
    const max = queue.fifo ? 1 : most;
    const messages = await queues.receive(queue, max, visibility);
    isMoreThere = messages.length === max;
    if (messages.length === 0) await untilAborted(Promise.race([arrival, timer(LOOK_EVERY_MS)]), signal);
    else await hideAgain(queue, await deliver(queue, messages));
  });

  /** Messages that failed come again when they would have in a system at rate 1, by its clock. */
  async function hideAgain(queue: Queue, failed: readonly Received[]): Promise<void> {
    if (clockRate === 1) return;
    for (const message of failed) {
      await queues.changeVisibility(queue, message.receiptHandle, queue.visibilityTimeout);
    }
  }

  /** Runs the function on the messages. Returns those that it did not deal with. */
  async function deliver(queue: Queue, messages: readonly Received[]): Promise<readonly Received[]> {
    const outcome = await deps.invoke(functionArn, { Records: messages.map((message) => recordOf(queue, message)) });
    if (!outcome.ok) return messages;
    const failed = spec.reportsItemFailures ? itemFailures(outcome.payload) : [];
    const known = failed.every((id) => messages.some((message) => message.messageId === id));
    if (!known) return messages;
    const isDone = ({ messageId }: Received): boolean => !failed.includes(messageId);
    const done = messages.filter(isDone).map(({ receiptHandle }) => receiptHandle);
    await queues.deleteAll(queue, done);
    return messages.filter((message) => !isDone(message));
  }
}

const timer = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });

function recordOf(queue: Queue, message: Received): SQSRecord {
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: {
      ApproximateReceiveCount: String(message.receiveCount),
      SentTimestamp: String(message.sentAt),
      SenderId: message.senderId,
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? message.sentAt),
      ...(message.groupId !== undefined && { MessageGroupId: message.groupId }),
      ...(message.deduplicationId !== undefined && { MessageDeduplicationId: message.deduplicationId }),
      ...(queue.fifo && { SequenceNumber: String(message.sequence).padStart(20, '0') }),
    },
    messageAttributes: Object.fromEntries(Object.entries(message.attributes ?? {}).map(attributeOf)),
    md5OfBody: createHash('md5').update(message.body).digest('hex'),
    eventSource: 'aws:sqs',
    eventSourceARN: queue.arn,
    awsRegion: queue.region,
  };
}

const attributeOf = ([name, attribute]: readonly [string, MessageAttribute]): readonly [
  string,
  SQSMessageAttribute,
] => [
  name,
  {
    dataType: attribute.DataType,
    ...(attribute.StringValue !== undefined && { stringValue: attribute.StringValue }),
    ...(attribute.BinaryValue !== undefined && { binaryValue: attribute.BinaryValue }),
  },
];
