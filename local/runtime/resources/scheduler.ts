/** EventBridge Scheduler: schedules with a rate. */
import { z } from 'zod';
import { physicalName } from '../deploy/resource.ts';
import type { Deploy } from '../deploy/resource.ts';
import { rate } from './rate.ts';

const SCHEDULE = z.object({
  Name: z.string().optional(),
  GroupName: z.string().default('default'),
  ScheduleExpression: rate,
  State: z.literal('ENABLED').default('ENABLED'),
  Target: z.object({
    Arn: z.string(),
    RoleArn: z.string(),
    Input: z.string().default('{}'),
  }),
});

export const deploySchedule: Deploy = async (properties, context) => {
  const schedule = SCHEDULE.parse(properties);
  const name = schedule.Name ?? physicalName(context);
  const arn = `arn:aws:scheduler:${context.region}:${context.accountId}:schedule/${schedule.GroupName}/${name}`;
  context.deployment.schedules.push({
    arn,
    groupArn: `arn:aws:scheduler:${context.region}:${context.accountId}:schedule-group/${schedule.GroupName}`,
    rateMs: schedule.ScheduleExpression,
    targetArn: schedule.Target.Arn,
    roleArn: schedule.Target.RoleArn,
    input: schedule.Target.Input,
  });
  return { ref: name, attributes: { Arn: arn } };
};

const GROUP = z.object({ Name: z.string().optional() });

export const deployScheduleGroup: Deploy = async (properties, context) => {
  const name = GROUP.parse(properties).Name ?? physicalName(context);
  const arn = `arn:aws:scheduler:${context.region}:${context.accountId}:schedule-group/${name}`;
  return { ref: name, attributes: { Arn: arn } };
};
