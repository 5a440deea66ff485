/** Topics, their policies and subscriptions. */
import { z } from 'zod';
import { physicalId, physicalName } from '../deploy/resource.ts';
import type { Deploy } from '../deploy/resource.ts';
import type { JsonObject } from '../json.ts';

/** Encryption has no effect on a laptop. */
const TOPIC = z.strictObject({
  TopicName: z.string().optional(),
  DisplayName: z.string().optional(),
  FifoTopic: z.literal(false, { error: 'FIFO topics are not built' }).optional(),
  KmsMasterKeyId: z.unknown().optional(),
  SignatureVersion: z.unknown().optional(),
  TracingConfig: z.unknown().optional(),
  Tags: z.unknown().optional(),
});

/** `Ref` is the ARN. */
export const deployTopic: Deploy = async (properties, context) => {
  const { accountId, region, backends } = context;
  const name = TOPIC.parse(properties).TopicName ?? physicalName(context);
  const { arn } = backends.topics.put({ accountId, region, name });
  return { ref: arn, attributes: { TopicArn: arn, TopicName: name } };
};

const TOPIC_POLICY = z.strictObject({
  PolicyDocument: z.record(z.string(), z.unknown()).transform((value) => JSON.stringify(value)),
  Topics: z.array(z.string()),
});

export const deployTopicPolicy: Deploy = async (properties, context) => {
  const { PolicyDocument, Topics } = TOPIC_POLICY.parse(properties);
  for (const arn of Topics) context.backends.topics.putPolicy(arn, PolicyDocument);
  return { ref: physicalName(context) };
};

/** On AWS an address confirms first that it wants the messages; on a laptop it is taken to have. */
const SUBSCRIPTION = z.strictObject({
  TopicArn: z.string(),
  Protocol: z.enum(['email', 'https'], { error: 'only `email` and `https` are built' }),
  Endpoint: z.string(),
  FilterPolicy: z
    .record(z.string(), z.json())
    .transform((value) => value as JsonObject)
    .optional(),
  FilterPolicyScope: z.literal('MessageAttributes', { error: 'only `MessageAttributes` is built' }).optional(),
});

/** `Ref` is the ARN. */
export const deploySubscription: Deploy = async (properties, context) => {
  const { TopicArn, Protocol, Endpoint, FilterPolicy } = SUBSCRIPTION.parse(properties);
  const arn = `${TopicArn}:${physicalId(context, 16)}`;
  context.backends.topics.subscribe({
    arn,
    topicArn: TopicArn,
    protocol: Protocol,
    endpoint: Endpoint,
    ...(FilterPolicy && { filter: FilterPolicy }),
  });
  return { ref: arn, attributes: { Arn: arn } };
};
