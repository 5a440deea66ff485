import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Duty } from '../../functions/shared/env.ts';
import type { Service } from '../names.ts';
import { functionName } from '../names.ts';
import { ServiceRole } from './ServiceRole.ts';
import type { Place } from './statements.ts';
import { allow, queueArn, useDataKey } from './statements.ts';
import type { WritFunction } from './WritFunction.ts';

export interface EachMinuteOptions extends Place {
  readonly duty: Duty;
  /** Whose name the schedule acts in. */
  readonly service: Service;
  /** What is started, for descriptions. */
  readonly title: string;
  /** Takes the invocations that could not be delivered. */
  readonly dead: IQueue;
  readonly deadName: string;
}

/** Starts a function once a minute, by a role that can do nothing else. */
export function eachMinute(of: WritFunction, options: EachMinuteOptions): void {
  const { account, region, duty, service, title, dead, deadName } = options;
  const role = new ServiceRole(of, 'ScheduleRole', {
    service,
    assumedBy: 'scheduler.amazonaws.com',
    description: `Writ: starts ${title}`,
    account,
    sourceArn: `arn:aws:scheduler:${region}:${account}:schedule-group/default`,
    statements: [
      allow('Start', ['lambda:InvokeFunction'], `arn:aws:lambda:${region}:${account}:function:${functionName(duty)}`),
      allow('DeadLetters', ['sqs:SendMessage'], queueArn(options, deadName)),
      useDataKey(options, 'send'),
    ],
  });
  new CfnSchedule(of, 'EachMinute', {
    name: functionName(duty),
    description: `Writ: ${title}, each minute`,
    scheduleExpression: 'rate(1 minute)',
    flexibleTimeWindow: { mode: 'OFF' },
    target: {
      arn: of.function.functionArn,
      roleArn: role.roleArn,
      input: '{}',
      deadLetterConfig: { arn: dead.queueArn },
      // The next one comes in a minute anyway.
      retryPolicy: { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 1 },
    },
  });
}
