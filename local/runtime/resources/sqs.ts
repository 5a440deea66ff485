/** Queues and their policies. */
import { z } from 'zod';
import { physicalName } from '../deploy/resource.ts';
import type { Deploy } from '../deploy/resource.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const document = z.record(z.string(), z.unknown()).transform((value) => JSON.stringify(value));

const QUEUE = z.strictObject({
  QueueName: z.string().optional(),
  FifoQueue: scalar.optional(),
  ContentBasedDeduplication: scalar.optional(),
  DeduplicationScope: scalar.optional(),
  FifoThroughputLimit: scalar.optional(),
  DelaySeconds: scalar.optional(),
  MaximumMessageSize: scalar.optional(),
  MessageRetentionPeriod: scalar.optional(),
  ReceiveMessageWaitTimeSeconds: scalar.optional(),
  VisibilityTimeout: scalar.optional(),
  RedrivePolicy: document.optional(),
  RedriveAllowPolicy: document.optional(),
  SqsManagedSseEnabled: scalar.optional(),
  KmsMasterKeyId: scalar.optional(),
  KmsDataKeyReusePeriodSeconds: scalar.optional(),
  Tags: z.unknown(),
});

/** `Ref` is the queue's URL. */
export const deployQueue: Deploy = async (properties, context) => {
  const { QueueName, Tags: _tags, ...attributes } = QUEUE.parse(properties);
  const name = QueueName ?? `${physicalName(context)}${attributes.FifoQueue === 'true' ? '.fifo' : ''}`;
  const given = Object.entries(attributes).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const { url, arn } = await context.backends.putQueue(context, { name, attributes: Object.fromEntries(given) });
  return { ref: url, attributes: { Arn: arn, QueueName: name, QueueUrl: url } };
};

const QUEUE_POLICY = z.strictObject({ PolicyDocument: document, Queues: z.array(z.string()) });

export const deployQueuePolicy: Deploy = async (properties, context) => {
  const { PolicyDocument, Queues } = QUEUE_POLICY.parse(properties);
  for (const url of Queues) await context.backends.putQueuePolicy(url, PolicyDocument);
  return { ref: physicalName(context) };
};
