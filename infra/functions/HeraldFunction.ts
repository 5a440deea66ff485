import { Duration, Validations } from 'aws-cdk-lib';
import { EventSourceMapping, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { AUDIT_TABLE, GRANTS_TABLE } from '../../adapters/aws/tables.ts';
import { AUDIT_STREAM } from '../../core/usecases/auditLeaf.ts';
import { ENV } from '../../functions/shared/env.ts';
import { ALARM_PERIOD } from '../constructs/AlarmTopic.ts';
import { DeadLetterQueue } from '../constructs/DeadLetterQueue.ts';
import { allow, allowItems, queueArn, tableArn, useDataKey } from '../constructs/statements.ts';
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
        allow(
          'Stream',
          ['dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:DescribeStream'],
          props.auditStreamArn,
        ),
        allow('FindStream', ['dynamodb:ListStreams'], '*'),
        allowItems('Requesters', ['dynamodb:GetItem'], grants, 'GRANT#*'),
        allowItems('Counts', ['dynamodb:PutItem', 'dynamodb:Query'], grants, 'COUNT#*', 'ONCE#*'),
        allowItems('Leaves', ['dynamodb:PutItem'], tableArn(props, AUDIT_TABLE.name), AUDIT_STREAM),
        useDataKey(props, 'writeTables'),
        allow('Publish', ['events:PutEvents'], `arn:aws:events:${region}:${account}:event-bus/${EVENT_BUS_NAME}`),
        allow('DeadLetters', ['sqs:SendMessage'], queueArn(props, HERALD_DLQ_NAME)),
        useDataKey(props, 'send'),
      ],
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'dynamodb:ListStreams takes no resource; Lambda asks for it of whoever reads a stream.',
    });
    const dead = new DeadLetterQueue(this, 'Dead', {
      ...props,
      name: HERALD_DLQ_NAME,
      lost: 'Audit leaves were not published as events; the leaves are in the audit log',
    });
    Validations.of(dead.queue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is a dead-letter queue itself, of an event source mapping, where the rule does not look.',
    });
    new EventSourceMapping(this, 'Leaf', {
      target: this.function,
      eventSourceArn: props.auditStreamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      filters: [{ pattern: JSON.stringify({ eventName: ['INSERT'] }) }],
      batchSize: 100,
      maxBatchingWindow: Duration.seconds(1), // one invocation for a rush
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts: 10,
      onFailure: { bind: () => ({ destination: dead.queue.queueArn }) },
    });
    props.alarms.watch(this, 'Late', {
      description: 'The herald is more than five minutes behind: people hear late. See /aws/lambda/writ-herald.',
      metric: this.function.metric('IteratorAge', { period: ALARM_PERIOD, statistic: 'Maximum' }),
      threshold: Duration.minutes(5).toMilliseconds(),
    });
  }
}
