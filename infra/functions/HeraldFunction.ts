import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AUDIT_TABLE, GRANTS_TABLE } from '../../adapters/aws/tables.ts';
import { AUDIT_STREAM } from '../../core/usecases/auditLeaf.ts';
import { ENV } from '../../functions/shared/env.ts';
import { ALARM_PERIOD } from '../constructs/AlarmTopic.ts';
import { DeadLetterQueue } from '../constructs/DeadLetterQueue.ts';
import { allow, allowItems, queueArn, tableArn, useDataKey } from '../constructs/statements.ts';
import { readStream, wakeByTable } from '../constructs/tableStream.ts';
import type { Surroundings } from '../constructs/WritFunction.ts';
import { WritFunction } from '../constructs/WritFunction.ts';
import { EVENT_BUS_NAME, HERALD_DLQ_NAME } from '../names.ts';
import { STORES } from './environment.ts';

export interface HeraldFunctionProps extends Surroundings {
  readonly auditStreamArn: string;
  readonly busName: string;
}

/** Publishes new audit leaves as events, and tells of many denials: the one function that puts events on the bus. */
export class HeraldFunction extends WritFunction<'herald'> {
  constructor(scope: Construct, id: string, props: HeraldFunctionProps) {
    const { account, region } = props;
    const grants = tableArn(props, GRANTS_TABLE.name);
    super(scope, id, {
      ...props,
      duty: 'herald',
      description: 'Writ: audit leaves, from the stream to the event bus',
      memorySize: 512,
      timeout: Duration.seconds(30),
      environment: { ...STORES, [ENV.eventBus]: props.busName },
      statements: [
        ...readStream(props.auditStreamArn),
        allowItems('Requesters', ['dynamodb:GetItem'], grants, 'GRANT#*'),
        allowItems('Counts', ['dynamodb:PutItem', 'dynamodb:Query'], grants, 'COUNT#*', 'ONCE#*'),
        allowItems('Leaves', ['dynamodb:PutItem'], tableArn(props, AUDIT_TABLE.name), AUDIT_STREAM),
        useDataKey(props, 'writeTables'),
        allow('Publish', ['events:PutEvents'], `arn:aws:events:${region}:${account}:event-bus/${EVENT_BUS_NAME}`),
        allow('DeadLetters', ['sqs:SendMessage'], queueArn(props, HERALD_DLQ_NAME)),
        useDataKey(props, 'send'),
      ],
    });
    const dead = new DeadLetterQueue(this, 'Dead', {
      ...props,
      name: HERALD_DLQ_NAME,
      lost: 'Audit leaves were not published as events; the leaves are in the audit log',
    });
    wakeByTable(this, 'Leaf', {
      streamArn: props.auditStreamArn,
      filter: { eventName: ['INSERT'] },
      batchSize: 100,
      maxBatchingWindow: Duration.seconds(1), // one invocation for a rush
      recordByRecord: true,
      dead: dead.queue,
    });
    props.alarms.watch(this, 'Late', {
      description: 'The herald is more than five minutes behind: people hear late. See /aws/lambda/writ-herald.',
      metric: this.function.metric('IteratorAge', { period: ALARM_PERIOD, statistic: 'Maximum' }),
      threshold: Duration.minutes(5).toMilliseconds(),
    });
  }
}
