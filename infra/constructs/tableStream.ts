import type { Duration } from 'aws-cdk-lib';
import { Validations } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { allow } from './statements.ts';
import type { WritFunction } from './WritFunction.ts';

/** What Lambda needs of a function's role to read a stream for it. */
export const readStream = (streamArn: string): PolicyStatement[] => [
  allow('Stream', ['dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:DescribeStream'], streamArn),
  allow('FindStream', ['dynamodb:ListStreams'], '*'),
];

export interface TableStreamOptions {
  readonly streamArn: string;
  /** Which records the function is woken by; the others go by unseen. */
  readonly filter: object;
  readonly batchSize: number;
  /** How long to gather records for one invocation. @default - not at all */
  readonly maxBatchingWindow?: Duration;
  /** Whether the function says which record failed: those before it are done then, and a bad one is found alone. */
  readonly recordByRecord: boolean;
  /** Told of records that failed at all eleven attempts. */
  readonly dead: IQueue;
}

/** Wakes a function by what is written to a table, in its order. Its role needs {@link readStream}. */
export function wakeByTable(of: WritFunction, id: string, options: TableStreamOptions): void {
  const { streamArn, filter, batchSize, maxBatchingWindow, recordByRecord, dead } = options;
  Validations.of(of).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'dynamodb:ListStreams takes no resource; Lambda asks for it of whoever reads a stream.',
  });
  new EventSourceMapping(of, id, {
    target: of.function,
    eventSourceArn: streamArn,
    startingPosition: StartingPosition.TRIM_HORIZON,
    filters: [{ pattern: JSON.stringify(filter) }],
    batchSize,
    ...(maxBatchingWindow && { maxBatchingWindow }),
    ...(recordByRecord && { bisectBatchOnError: true, reportBatchItemFailures: true }),
    retryAttempts: 10,
    onFailure: { bind: () => ({ destination: dead.queueArn }) },
  });
}
