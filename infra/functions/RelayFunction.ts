import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { NEW_DENY_FILTER } from '../../adapters/aws/tables.ts';
import { ENV } from '../../functions/shared/env.ts';
import { ALARM_PERIOD } from '../constructs/AlarmTopic.ts';
import { DeadLetterQueue } from '../constructs/DeadLetterQueue.ts';
import { allow, queueArn, useDataKey } from '../constructs/statements.ts';
import { readStream, wakeByTable } from '../constructs/tableStream.ts';
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
        ...readStream(props.grantsStreamArn),
        useDataKey(props, 'readTables'),
        allow('Tell', ['sqs:SendMessage'], queueArn(props, REVOCATION_QUEUE_NAME), queueArn(props, RELAY_DLQ_NAME)),
        useDataKey(props, 'send'),
      ],
    });
    const dead = new DeadLetterQueue(this, 'Dead', {
      ...props,
      name: RELAY_DLQ_NAME,
      lost: 'Denies did not reach the queue; the sweeper has their roles looked at within a minute',
    });
    wakeByTable(this, 'Denies', {
      streamArn: props.grantsStreamArn,
      filter: NEW_DENY_FILTER,
      batchSize: 100,
      recordByRecord: true,
      dead: dead.queue,
    });
    props.alarms.watch(this, 'Late', {
      description: 'The relay is more than a minute behind: revocations come late. See /aws/lambda/writ-relay.',
      metric: this.function.metric('IteratorAge', { period: ALARM_PERIOD, statistic: 'Maximum' }),
      threshold: Duration.minutes(1).toMilliseconds(),
    });
  }
}
