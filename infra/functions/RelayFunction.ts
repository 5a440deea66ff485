import { Duration, Validations } from 'aws-cdk-lib';
import { EventSourceMapping, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { NEW_DENY_FILTER } from '../../adapters/aws/tables.ts';
import { ENV } from '../../functions/shared/env.ts';
import { ALARM_PERIOD } from '../constructs/AlarmTopic.ts';
import { DeadLetterQueue } from '../constructs/DeadLetterQueue.ts';
import { allow, queueArn, useDataKey } from '../constructs/statements.ts';
import type { Surroundings } from '../constructs/WritFunction.ts';
import { WritFunction } from '../constructs/WritFunction.ts';
import { RELAY_DLQ_NAME, REVOCATION_QUEUE_NAME } from '../names.ts';

export interface RelayFunctionProps extends Surroundings {
  readonly grantsStreamArn: string;
  readonly revocationQueueUrl: string;
}

/** Tells the enforcer of every new deny, from the stream of the table that the deny was committed to. */
export class RelayFunction extends WritFunction<'relay'> {
  constructor(scope: Construct, id: string, props: RelayFunctionProps) {
    super(scope, id, {
      ...props,
      duty: 'relay',
      description: 'Writ: new denies, from the stream to the queue',
      memorySize: 512,
      timeout: Duration.seconds(15),
      environment: { [ENV.revocationQueueUrl]: props.revocationQueueUrl },
      statements: [
        allow(
          'Stream',
          ['dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:DescribeStream'],
          props.grantsStreamArn,
        ),
        allow('FindStream', ['dynamodb:ListStreams'], '*'),
        useDataKey(props, 'readTables'),
        allow('Tell', ['sqs:SendMessage'], queueArn(props, REVOCATION_QUEUE_NAME), queueArn(props, RELAY_DLQ_NAME)),
        useDataKey(props, 'send'),
      ],
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'dynamodb:ListStreams takes no resource; Lambda asks for it of whoever reads a stream.',
    });
    const dead = new DeadLetterQueue(this, 'Dead', {
      ...props,
      name: RELAY_DLQ_NAME,
      lost: 'Denies did not reach the queue; the sweeper has their roles looked at within a minute',
    });
    Validations.of(dead.queue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is a dead-letter queue itself, of an event source mapping, where the rule does not look.',
    });
    new EventSourceMapping(this, 'Denies', {
      target: this.function,
      eventSourceArn: props.grantsStreamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      filters: [{ pattern: JSON.stringify(NEW_DENY_FILTER) }],
      batchSize: 100,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts: 10,
      onFailure: { bind: () => ({ destination: dead.queue.queueArn }) },
    });
    props.alarms.watch(this, 'Late', {
      description: 'The relay is more than a minute behind: revocations come late. See /aws/lambda/writ-relay.',
      metric: this.function.metric('IteratorAge', { period: ALARM_PERIOD, statistic: 'Maximum' }),
      threshold: Duration.minutes(1).toMilliseconds(),
    });
  }
}
