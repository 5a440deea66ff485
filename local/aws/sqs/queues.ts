/**
 * Queues and their messages, in the durable store.
 *
 * FIFO queues keep the order within a message group and have one batch of a group in flight at a time; a standard queue
 * is the same without groups. Whoever runs consumers in process uses this directly; `service.ts` puts it on the wire.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
 */
import { createHash, randomUUID } from 'node:crypto';
import { AwsError } from '../service.ts';
import type { StateStore } from '../store.ts';

/** A queue as a template states it. The name of a FIFO queue ends with `.fifo`. Durations are seconds. */
export interface QueueSpecification {
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
  readonly contentBasedDeduplication?: boolean;
  /** @default 30 */
  readonly visibilityTimeout?: number;
  /** @default 4 days */
  readonly retentionPeriod?: number;
  readonly redrive?: { readonly deadLetterTargetArn: string; readonly maxReceiveCount: number };
  /** The queue's own policy, JSON text. */
  readonly policy?: string;
}

export interface Queue extends QueueSpecification {
  readonly arn: string;
  readonly fifo: boolean;
  readonly visibilityTimeout: number;
  readonly retentionPeriod: number;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** An attribute that the sender adds. Binary values are base64. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}
export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

export interface Message {
  readonly messageId: string;
  readonly sequence: number;
  readonly body: string;
  readonly attributes?: MessageAttributes;
  readonly groupId?: string;
  readonly deduplicationId?: string;
  readonly senderId: string;
  /** Epoch milliseconds, as all times of a message. */
  readonly sentAt: number;
  readonly visibleAt: number;
  readonly receiveCount: number;
  readonly firstReceivedAt?: number;
  /** The newest receipt; an older one no longer counts. */
  readonly receipt?: string;
}

export interface NewMessage {
  readonly body: string;
  readonly attributes?: MessageAttributes;
  readonly groupId?: string;
  readonly deduplicationId?: string;
  readonly senderId: string;
}

/** A message as a consumer holds it. */
export interface Received extends Message {
  readonly receiptHandle: string;
}

export interface QueueStore {
  /** Makes the queue, or brings it to what is asked. Its messages stay. */
  put(specification: QueueSpecification): Promise<Queue>;
  find(accountId: string, name: string): Queue | undefined;
  byArn(arn: string): Queue | undefined;
  /** A duplicate within five minutes answers with the first one's ids and sends nothing. */
  send(queue: Queue, message: NewMessage): Promise<{ readonly messageId: string; readonly sequence: number }>;
  /** Up to `max` messages, invisible to others for `visibilityTimeout` seconds, or the queue's own. */
  receive(queue: Queue, max: number, visibilityTimeout?: number): Promise<readonly Received[]>;
  /** Deleting twice is no error. @throws {AwsError} InvalidParameterValue, ReceiptHandleIsInvalid */
  delete(queue: Queue, receiptHandle: string): Promise<void>;
  /** The same of several, in one write: all of them, or none where one of them throws. */
  deleteAll(queue: Queue, receiptHandles: readonly string[]): Promise<void>;
  /** Seconds from now; 0 makes it visible at once. @throws {AwsError} MessageNotInflight, ReceiptHandleIsInvalid */
  changeVisibility(queue: Queue, receiptHandle: string, seconds: number): Promise<void>;
  /** How many messages wait, and how many are in flight. */
  counts(queue: Queue): { readonly visible: number; readonly inFlight: number };
  /** Resolves when something is next sent to the queue. */
  nextArrival(queue: Queue): Promise<void>;
}

const DEDUPLICATION_MS = 5 * 60_000;
const SEQUENCE_DIGITS = 20;

export function openQueues(store: StateStore, clock: () => number): QueueStore {
  const arrivals = new Map<string, { readonly promise: Promise<void>; readonly wake: () => void }>();
  const queueKey = (accountId: string, name: string): string => `sqs/queue/${accountId}/${name}`;
  const messagePrefix = (queue: Queue): string => `sqs/message/${queue.arn}/`;
  const messageKey = (queue: Queue, sequence: number): string =>
    `${messagePrefix(queue)}${String(sequence).padStart(SEQUENCE_DIGITS, '0')}`;
  const duplicatePrefix = (queue: Queue): string => `sqs/duplicate/${queue.arn}/`;
  const sequenceKey = (queue: Queue): string => `sqs/sequence/${queue.arn}`;

  const find = (accountId: string, name: string): Queue | undefined =>
    store.get(queueKey(accountId, name)) as Queue | undefined;
  const byArn = (arn: string): Queue | undefined => {
    const [, , , , accountId = '', name = ''] = arn.split(':');
    const queue = find(accountId, name);
    return queue?.arn === arn ? queue : undefined;
  };
  const messagesOf = (queue: Queue): Message[] =>
    store.entries(messagePrefix(queue)).map(([, message]) => message as Message);
  const nextSequence = (queue: Queue): number => ((store.get(sequenceKey(queue)) as number | undefined) ?? 0) + 1;

  function arrived(queue: Queue): void {
    const waiting = arrivals.get(queue.arn);
    arrivals.delete(queue.arn);
    waiting?.wake();
  }

  /** The live duplicates of a queue; those past their time are marked for deletion in `changes`. */
  function firstOf(queue: Queue, id: string, now: number, changes: Record<string, unknown>): Duplicate | undefined {
    for (const [key, value] of store.entries(duplicatePrefix(queue))) {
      if ((value as Duplicate).until <= now) changes[key] = undefined;
    }
    const known = store.get(duplicatePrefix(queue) + id) as Duplicate | undefined;
    return known !== undefined && known.until > now ? known : undefined;
  }

  /** Changes that move a message which was received too often to its dead-letter queue, as `sequence` there. */
  function redriven(queue: Queue, message: Message, target: Queue, sequence: number): Record<string, unknown> {
    const { receipt: _receipt, ...rest } = message;
    const moved: Message = { ...rest, sequence, visibleAt: clock(), receiveCount: 0 };
    return {
      [messageKey(queue, message.sequence)]: undefined,
      [messageKey(target, sequence)]: moved,
      [sequenceKey(target)]: sequence,
    };
  }

  function held(queue: Queue, receiptHandle: string): { message: Message | undefined; current: boolean } {
    const { sequence, receipt } = parseHandle(receiptHandle);
    const message = store.get(messageKey(queue, sequence)) as Message | undefined;
    return { message, current: message?.receipt === receipt && message.visibleAt > clock() };
  }

  async function deleteAll(queue: Queue, receiptHandles: readonly string[]): Promise<void> {
    const changes: Record<string, undefined> = {};
    for (const receiptHandle of receiptHandles) {
      const { message, current } = held(queue, receiptHandle);
      if (message === undefined) continue;
      if (queue.fifo && !current) {
        const reason = 'The receipt handle has expired.';
        throw new AwsError(
          'InvalidParameterValue',
          `Value ${receiptHandle} for parameter ReceiptHandle is invalid. Reason: ${reason}`,
        );
      }
      changes[messageKey(queue, message.sequence)] = undefined;
    }
    await store.write(changes);
    if (Object.keys(changes).length > 0) arrived(queue); // The rest of a group may come now.
  }

  return {
    find,
    byArn,

    async put(specification) {
      const { accountId, region, name } = specification;
      const queue: Queue = {
        ...specification,
        arn: `arn:aws:sqs:${region}:${accountId}:${name}`,
        fifo: name.endsWith('.fifo'),
        visibilityTimeout: specification.visibilityTimeout ?? 30,
        retentionPeriod: specification.retentionPeriod ?? 4 * 86_400,
        createdAt: find(accountId, name)?.createdAt ?? clock(),
      };
      await store.write({ [queueKey(accountId, name)]: queue });
      return queue;
    },

    async send(queue, { body, attributes, groupId, deduplicationId, senderId }) {
      const now = clock();
      const id = queue.fifo ? deduplicationOf(queue, body, groupId, deduplicationId) : undefined;
      const changes: Record<string, unknown> = {};
      const first = id === undefined ? undefined : firstOf(queue, id, now, changes);
      if (first !== undefined) return { messageId: first.messageId, sequence: first.sequence };

      const sequence = nextSequence(queue);
      const message: Message = {
        messageId: randomUUID(),
        sequence,
        body,
        ...(attributes === undefined ? {} : { attributes }),
        ...(groupId === undefined ? {} : { groupId }),
        ...(id === undefined ? {} : { deduplicationId: id }),
        senderId,
        sentAt: now,
        visibleAt: now,
        receiveCount: 0,
      };
      changes[messageKey(queue, sequence)] = message;
      changes[sequenceKey(queue)] = sequence;
      if (id !== undefined) {
        const duplicate: Duplicate = { until: now + DEDUPLICATION_MS, messageId: message.messageId, sequence };
        changes[duplicatePrefix(queue) + id] = duplicate;
      }
      await store.write(changes);
      arrived(queue);
      return { messageId: message.messageId, sequence };
    },

    async receive(queue, max, visibilityTimeout = queue.visibilityTimeout) {
      // Nothing waits between reading and writing, so no two consumers can take one message.
      const now = clock();
      const changes: Record<string, unknown> = {};
      const received: Received[] = [];
      const target = queue.redrive === undefined ? undefined : byArn(queue.redrive.deadLetterTargetArn);
      let targetSequence = target === undefined ? 0 : nextSequence(target);
      const busyGroups = new Set<string>();
      for (const message of messagesOf(queue)) {
        if (received.length === max) break;
        if (message.sentAt + queue.retentionPeriod * 1_000 <= now) {
          changes[messageKey(queue, message.sequence)] = undefined;
          continue;
        }
        if (message.groupId !== undefined && busyGroups.has(message.groupId)) continue;
        if (message.visibleAt > now) {
          // What comes behind a message in flight waits for it.
          if (queue.fifo && message.groupId !== undefined) busyGroups.add(message.groupId);
          continue;
        }
        if (target !== undefined && message.receiveCount >= (queue.redrive?.maxReceiveCount ?? Infinity)) {
          Object.assign(changes, redriven(queue, message, target, targetSequence++));
          continue;
        }
        const receipt = randomUUID();
        const taken: Message = {
          ...message,
          visibleAt: now + visibilityTimeout * 1_000,
          receiveCount: message.receiveCount + 1,
          firstReceivedAt: message.firstReceivedAt ?? now,
          receipt,
        };
        changes[messageKey(queue, message.sequence)] = taken;
        received.push({ ...taken, receiptHandle: handleOf(message.sequence, receipt) });
      }
      await store.write(changes);
      if (target !== undefined) arrived(target);
      return received;
    },

    delete: (queue, receiptHandle) => deleteAll(queue, [receiptHandle]),
    deleteAll,

    async changeVisibility(queue, receiptHandle, seconds) {
      const { message, current } = held(queue, receiptHandle);
      if (message === undefined || !current) {
        throw new AwsError('MessageNotInflight', 'The message referred to is not in flight.', 400, {
          queryCode: 'AWS.SimpleQueueService.MessageNotInflight',
        });
      }
      const changed: Message = { ...message, visibleAt: clock() + seconds * 1_000 };
      await store.write({ [messageKey(queue, message.sequence)]: changed });
      if (seconds === 0) arrived(queue);
    },

    counts(queue) {
      const now = clock();
      const messages = messagesOf(queue);
      const inFlight = messages.filter((message) => message.visibleAt > now).length;
      return { visible: messages.length - inFlight, inFlight };
    },

    nextArrival(queue) {
      let arrival = arrivals.get(queue.arn);
      if (arrival === undefined) {
        let wake = (): void => {};
        const promise = new Promise<void>((resolve) => {
          wake = resolve;
        });
        arrival = { promise, wake };
        arrivals.set(queue.arn, arrival);
      }
      return arrival.promise;
    },
  };
}

/** What a deduplication id stood for, until when. */
interface Duplicate {
  readonly until: number;
  readonly messageId: string;
  readonly sequence: number;
}

function deduplicationOf(queue: Queue, body: string, groupId: string | undefined, id: string | undefined): string {
  if (groupId === undefined) {
    throw new AwsError('MissingParameter', 'The request must contain the parameter MessageGroupId.');
  }
  if (id !== undefined) return id;
  if (queue.contentBasedDeduplication === true) return createHash('sha256').update(body).digest('hex');
  throw new AwsError(
    'InvalidParameterValue',
    'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
}

function handleOf(sequence: number, receipt: string): string {
  return Buffer.from(`${sequence} ${receipt}`).toString('base64');
}

function parseHandle(handle: string): { sequence: number; receipt: string } {
  const match = /^(\d{1,15}) ([0-9a-f-]{36})$/.exec(Buffer.from(handle, 'base64').toString());
  if (!match) throw new AwsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
  return { sequence: Number(match[1]), receipt: match[2] ?? '' };
}
