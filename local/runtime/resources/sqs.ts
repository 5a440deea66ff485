/** Queues and their policies. */
import { z } from 'zod';
import { TemplateError } from '../deploy/intrinsics.ts';
import { physicalName } from '../deploy/resource.ts';
import type { Deploy } from '../deploy/resource.ts';

const REDRIVE = z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.number().int() });

/** Encryption and throughput limits have no effect on a laptop; delays are not built, so a template can't have them. */
const QUEUE = z.strictObject({
  QueueName: z.string().optional(),
  FifoQueue: z.boolean().default(false),
  ContentBasedDeduplication: z.boolean().default(false),
  DeduplicationScope: z.enum(['messageGroup', 'queue']).optional(),
  FifoThroughputLimit: z.string().optional(),
  VisibilityTimeout: z.number().int().optional(),
  MessageRetentionPeriod: z.number().int().optional(),
  RedrivePolicy: REDRIVE.optional(),
  RedriveAllowPolicy: z.unknown().optional(),
  SqsManagedSseEnabled: z.unknown().optional(),
  KmsMasterKeyId: z.unknown().optional(),
  KmsDataKeyReusePeriodSeconds: z.unknown().optional(),
  Tags: z.unknown().optional(),
});

/** `Ref` is the queue's URL. */
export const deployQueue: Deploy = async (properties, context) => {
  const queue = QUEUE.parse(properties);
  const { backends, deployment, accountId, region } = context;
  const name = queue.QueueName ?? `${physicalName(context)}${queue.FifoQueue ? '.fifo' : ''}`;
  const specification = {
    accountId,
    region,
    name,
    contentBasedDeduplication: queue.ContentBasedDeduplication,
    ...(queue.VisibilityTimeout !== undefined && { visibilityTimeout: queue.VisibilityTimeout }),
    ...(queue.MessageRetentionPeriod !== undefined && { retentionPeriod: queue.MessageRetentionPeriod }),
    ...(queue.RedrivePolicy && { redrive: queue.RedrivePolicy }),
  };
  const { arn } = await backends.putQueue(specification);
  const url = `${backends.queueOrigin}/${accountId}/${name}`;
  deployment.queues.set(url, specification);
  return { ref: url, attributes: { Arn: arn, QueueName: name, QueueUrl: url } };
};

const QUEUE_POLICY = z.strictObject({
  PolicyDocument: z.record(z.string(), z.unknown()).transform((value) => JSON.stringify(value)),
  Queues: z.array(z.string()),
});

export const deployQueuePolicy: Deploy = async (properties, { backends, deployment, ...context }) => {
  const { PolicyDocument, Queues } = QUEUE_POLICY.parse(properties);
  for (const url of Queues) {
    const queue = deployment.queues.get(url);
    if (!queue) throw new TemplateError(`there is no queue \`${url}\``);
    await backends.putQueue({ ...queue, policy: PolicyDocument });
  }
  return { ref: physicalName(context) };
};
