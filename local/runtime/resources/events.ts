/** EventBridge: buses, their policies, and rules with their targets. */
import { z } from 'zod';
import { busArn } from '../../aws/events/buses.ts';
import { checkInput } from '../../aws/events/input.ts';
import type { RuleTarget } from '../../aws/events/match.ts';
import { matcherOf } from '../../aws/events/pattern.ts';
import { TemplateError } from '../deploy/intrinsics.ts';
import { physicalName } from '../deploy/resource.ts';
import type { Deploy, ResourceContext } from '../deploy/resource.ts';
import type { JsonObject } from '../json.ts';
import { rate } from './rate.ts';

const json = z.record(z.string(), z.json()).transform((value) => value as JsonObject);

/** Encryption and logs have no effect on a laptop. */
const BUS = z.strictObject({
  Name: z.string(),
  Description: z.string().optional(),
  KmsKeyIdentifier: z.unknown().optional(),
  LogConfig: z.unknown().optional(),
  Tags: z.unknown().optional(),
});

/** `Ref` is the name. */
export const deployEventBus: Deploy = async (properties, { backends, accountId, region }) => {
  const { Name } = BUS.parse(properties);
  const { arn } = backends.buses.put({ accountId, region, name: Name });
  return { ref: Name, attributes: { Arn: arn, Name } };
};

const BUS_POLICY = z.strictObject({
  EventBusName: z.string().default('default'),
  StatementId: z.string(),
  Statement: json,
});

export const deployEventBusPolicy: Deploy = async (properties, context) => {
  const { EventBusName, StatementId, Statement } = BUS_POLICY.parse(properties);
  context.backends.buses.putStatement(arnOf(EventBusName, context), StatementId, Statement);
  return { ref: physicalName(context) };
};

const TARGET = z.strictObject({
  Id: z.string(),
  Arn: z.string().regex(/^arn:aws:(lambda|sqs|states):/, {
    error: 'only functions, queues and state machines are built as targets',
  }),
  RoleArn: z.string().optional(),
  Input: z.string().optional(),
  InputPath: z.string().optional(),
  InputTransformer: z
    .strictObject({ InputPathsMap: z.record(z.string(), z.string()).default({}), InputTemplate: z.string() })
    .optional(),
  SqsParameters: z.strictObject({ MessageGroupId: z.string() }).optional(),
  DeadLetterConfig: z.strictObject({ Arn: z.string().optional() }).default({}),
  RetryPolicy: z
    .strictObject({
      MaximumRetryAttempts: z.number().int().min(0).max(185).default(185),
      MaximumEventAgeInSeconds: z.number().int().min(60).max(86_400).default(86_400),
    })
    .default({ MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 }),
});

const RULE = z
  .strictObject({
    Name: z.string().optional(),
    Description: z.string().optional(),
    EventBusName: z.string().default('default'),
    EventPattern: json.optional(),
    ScheduleExpression: rate.optional(),
    State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
    Targets: z.array(TARGET).max(5).default([]),
    Tags: z.unknown().optional(),
  })
  .refine((rule) => rule.EventPattern !== undefined || rule.ScheduleExpression !== undefined, {
    error: 'needs an EventPattern or a ScheduleExpression',
  });

/** `Ref` is the name; of a rule on another bus than the default one, `<bus>|<name>`. */
export const deployEventRule: Deploy = async (properties, context) => {
  const rule = RULE.parse(properties);
  const { EventBusName, EventPattern, ScheduleExpression } = rule;
  const name = rule.Name ?? physicalName(context);
  const bus = arnOf(EventBusName, context);
  const isDefault = bus.endsWith('/default');
  if (!context.backends.buses.byArn(bus)) throw new TemplateError(`there is no event bus \`${EventBusName}\``);
  if (ScheduleExpression !== undefined && !isDefault) {
    throw new TemplateError('ScheduleExpression: only rules on the default bus have schedules');
  }
  if (EventPattern) matcherOf(EventPattern);
  const path = isDefault ? name : `${bus.slice(bus.lastIndexOf('/') + 1)}/${name}`;
  const arn = `arn:aws:events:${context.region}:${context.accountId}:rule/${path}`;
  context.backends.buses.putRule({
    arn,
    name,
    busArn: bus,
    ...(EventPattern && { pattern: EventPattern }),
    ...(ScheduleExpression !== undefined && { rateMs: ScheduleExpression }),
    enabled: rule.State === 'ENABLED',
    targets: rule.Targets.map(targetOf),
  });
  return { ref: isDefault ? name : path.replace('/', '|'), attributes: { Arn: arn } };
};

function targetOf(target: z.output<typeof TARGET>): RuleTarget {
  const { Arn, RoleArn, Input, InputPath, InputTransformer, SqsParameters, DeadLetterConfig, RetryPolicy } = target;
  if (Arn.startsWith('arn:aws:states:') && RoleArn === undefined) {
    throw new TemplateError('a target that is a state machine needs a RoleArn');
  }
  const made: RuleTarget = {
    id: target.Id,
    arn: Arn,
    ...(RoleArn !== undefined && { roleArn: RoleArn }),
    ...(Input !== undefined && { input: Input }),
    ...(InputPath !== undefined && { inputPath: InputPath }),
    ...(InputTransformer && {
      transformer: { paths: InputTransformer.InputPathsMap, template: InputTransformer.InputTemplate },
    }),
    ...(SqsParameters && { messageGroupId: SqsParameters.MessageGroupId }),
    ...(DeadLetterConfig.Arn !== undefined && { deadLetterArn: DeadLetterConfig.Arn }),
    maxRetries: RetryPolicy.MaximumRetryAttempts,
    maxAgeMs: RetryPolicy.MaximumEventAgeInSeconds * 1_000,
  };
  checkInput(made);
  return made;
}

const arnOf = (name: string, { accountId, region }: ResourceContext): string =>
  name.startsWith('arn:') ? name : busArn({ accountId, region, name });
