/** Functions, who may invoke them, and what feeds them. */
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { TemplateError } from '../deploy/intrinsics.ts';
import { physicalId, physicalName } from '../deploy/resource.ts';
import type { Deploy } from '../deploy/resource.ts';
import type { Json } from '../json.ts';

const QUEUE_ARN = z.string().regex(/^arn:aws:sqs:/, { error: 'only queues are built' });

/** Configuration without a meaning on a laptop (log groups, tracing, concurrency, code signing) is let be. */
const FUNCTION = z.object({
  FunctionName: z.string().optional(),
  Code: z.object({ S3Key: z.string() }),
  Handler: z.string().regex(/^[\w./-]+\.\w+$/),
  Role: z.string(),
  Runtime: z.string().regex(/^nodejs\d+\.x$/, { error: 'only Node.js functions run on a laptop' }),
  Environment: z.object({ Variables: z.record(z.string(), z.string()).default({}) }).default({ Variables: {} }),
  Timeout: z.number().int().default(3),
  MemorySize: z.number().int().default(128),
  DeadLetterConfig: z.object({ TargetArn: QUEUE_ARN.optional() }).default({}),
});

/** `Ref` is the name. */
export const deployFunction: Deploy = async (properties, context) => {
  const spec = FUNCTION.parse(properties);
  const directory = context.assets.get(spec.Code.S3Key);
  if (directory === undefined || !existsSync(directory)) {
    throw new TemplateError(`the assembly holds no asset \`${spec.Code.S3Key}\``);
  }
  const name = spec.FunctionName ?? physicalName(context);
  const arn = `arn:aws:lambda:${context.region}:${context.accountId}:function:${name}`;
  context.deployment.functions.set(arn, {
    arn,
    name,
    accountId: context.accountId,
    region: context.region,
    directory,
    handler: spec.Handler,
    roleArn: spec.Role,
    environment: spec.Environment.Variables,
    timeoutSeconds: spec.Timeout,
    memoryMb: spec.MemorySize,
    ...(spec.DeadLetterConfig.TargetArn !== undefined && { deadLetterArn: spec.DeadLetterConfig.TargetArn }),
  });
  return { ref: name, attributes: { Arn: arn } };
};

const PERMISSION = z.object({
  Action: z.literal('lambda:InvokeFunction'),
  FunctionName: z.string(),
  Principal: z.string(),
  SourceArn: z.string().optional(),
});

export const deployPermission: Deploy = async (properties, context) => {
  const { FunctionName, Principal, SourceArn } = PERMISSION.parse(properties);
  context.deployment.permissions.push({
    functionArn: functionArn(FunctionName, context),
    principal: Principal,
    ...(SourceArn !== undefined && { sourceArn: SourceArn }),
  });
  return { ref: physicalName(context) };
};

const EVENT_SOURCE_MAPPING = z.strictObject({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  Enabled: z.literal(true).default(true),
  BatchSize: z.number().int().optional(),
  StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST']).default('TRIM_HORIZON'),
  FilterCriteria: z
    .object({
      Filters: z.array(z.object({ Pattern: z.string().transform((text) => JSON.parse(text) as Json) })),
    })
    .default({ Filters: [] }),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  MaximumRetryAttempts: z.number().int().default(-1),
  BisectBatchOnFunctionError: z.boolean().default(false),
  DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.string() }).optional() }).default({}),
  MaximumBatchingWindowInSeconds: z.number().min(0).max(300).default(0),
  // One poller per source is the concurrency.
  MaximumRecordAgeInSeconds: z.number().optional(),
  ParallelizationFactor: z.literal(1).optional(),
  ScalingConfig: z.unknown().optional(),
  MetricsConfig: z.unknown().optional(),
  KmsKeyArn: z.unknown().optional(),
  Tags: z.unknown().optional(),
});

export const deployEventSourceMapping: Deploy = async (properties, context) => {
  const mapping = EVENT_SOURCE_MAPPING.parse(properties);
  const isQueue = mapping.EventSourceArn.startsWith('arn:aws:sqs:');
  const destination = mapping.DestinationConfig.OnFailure?.Destination;
  const id = physicalId(context, 20);
  context.deployment.eventSources.push({
    id,
    sourceArn: mapping.EventSourceArn,
    functionArn: functionArn(mapping.FunctionName, context),
    batchSize: mapping.BatchSize ?? (isQueue ? 10 : 100),
    windowSeconds: mapping.MaximumBatchingWindowInSeconds,
    filters: mapping.FilterCriteria.Filters.map((filter) => filter.Pattern),
    reportsItemFailures: mapping.FunctionResponseTypes.length > 0,
    startingPosition: mapping.StartingPosition,
    maxRetries: mapping.MaximumRetryAttempts,
    bisectsOnError: mapping.BisectBatchOnFunctionError,
    ...(destination !== undefined && { onFailureArn: destination }),
  });
  return { ref: id, attributes: { Id: id } };
};

const EVENT_INVOKE_CONFIG = z.strictObject({
  FunctionName: z.string(),
  Qualifier: z.literal('$LATEST', { error: 'a laptop has no versions' }),
  MaximumEventAgeInSeconds: z.number().int().min(60).max(21_600).default(21_600),
  MaximumRetryAttempts: z.number().int().min(0).max(2).default(2),
  DestinationConfig: z.strictObject({ OnFailure: z.strictObject({ Destination: QUEUE_ARN }).optional() }).default({}),
});

/** How often an asynchronous invocation is tried again, and who is told of one that was given up. */
export const deployEventInvokeConfig: Deploy = async (properties, context) => {
  const config = EVENT_INVOKE_CONFIG.parse(properties);
  const destination = config.DestinationConfig.OnFailure?.Destination;
  context.deployment.invokeConfigs.set(functionArn(config.FunctionName, context), {
    maxRetries: config.MaximumRetryAttempts,
    maxAgeMs: config.MaximumEventAgeInSeconds * 1_000,
    ...(destination !== undefined && { onFailureArn: destination }),
  });
  return { ref: physicalName(context) };
};

function functionArn(nameOrArn: string, { accountId, region }: { accountId: string; region: string }): string {
  if (nameOrArn.startsWith('arn:')) return nameOrArn;
  return `arn:aws:lambda:${region}:${accountId}:function:${nameOrArn}`;
}
