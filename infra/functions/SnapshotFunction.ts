import { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { GRANTS_TABLE, NEWLY_REVOKED_FILTER } from '../../adapters/aws/tables.ts';
import { ENV } from '../../functions/shared/env.ts';
import { DeadLetterQueue } from '../constructs/DeadLetterQueue.ts';
import { eachMinute } from '../constructs/eachMinute.ts';
import { allow, allowItems, publicHalves, queueArn, signWith, tableArn, useDataKey } from '../constructs/statements.ts';
import { readStream, wakeByTable } from '../constructs/tableStream.ts';
import type { Surroundings } from '../constructs/WritFunction.ts';
import { WritFunction } from '../constructs/WritFunction.ts';
import { SNAPSHOT_DLQ_NAME } from '../names.ts';
import type { SigningKeys } from '../stacks/KeysStack.ts';
import { snapshotKeysOf, STORES } from './environment.ts';
import { REVOKED_ITEMS } from './items.ts';

export interface SnapshotFunctionProps extends Surroundings {
  readonly publicUrl: string;
  readonly grantsStreamArn: string;
  readonly signingKeys: SigningKeys;
}

/** Verifiers refuse a snapshot that is older than two and a half minutes: somebody should know before. */
const STALE_AFTER = Duration.minutes(2);

/** Builds and signs the list of tokens that ended early: whenever one does, and each minute. It decides nothing. */
export class SnapshotFunction extends WritFunction<'snapshot'> {
  constructor(scope: Construct, id: string, { signingKeys, grantsStreamArn, ...props }: SnapshotFunctionProps) {
    const grants = tableArn(props, GRANTS_TABLE.name);
    const dead = new DeadLetterQueue(scope, `${id}Dead`, {
      ...props,
      name: SNAPSHOT_DLQ_NAME,
      lost: 'A revocation snapshot was not built; the next one is due within a minute',
    });
    super(scope, id, {
      ...props,
      duty: 'snapshot',
      description: 'Writ: the signed list of tokens that ended early',
      timeout: Duration.seconds(30),
      deadLetterQueue: dead.queue,
      environment: { ...STORES, [ENV.publicUrl]: props.publicUrl, ...snapshotKeysOf(signingKeys) },
      statements: [
        ...readStream(grantsStreamArn),
        // What ended, the tokens of it, and the grants that were lent on from it.
        allowItems('Ended', ['dynamodb:Query'], grants, REVOKED_ITEMS, 'GRANT#*', 'TOKENS#*'),
        allowItems('Children', ['dynamodb:GetItem'], grants, 'GRANT#*'),
        allowItems('Snapshot', ['dynamodb:GetItem', 'dynamodb:PutItem'], grants, 'SNAPSHOT'),
        useDataKey(props, 'writeTables'),
        // The first key signs; the others have signed, or will.
        signWith('Sign', 'ES256', signingKeys.snapshot.slice(0, 1)),
        publicHalves('PublicKeys', signingKeys.snapshot.slice(0, 1)),
        allow('DeadLetters', ['sqs:SendMessage'], queueArn(props, SNAPSHOT_DLQ_NAME)),
        useDataKey(props, 'send'),
      ],
    });
    wakeByTable(this, 'Ends', {
      streamArn: grantsStreamArn,
      filter: NEWLY_REVOKED_FILTER,
      // Each invocation builds the whole list, so that one does for however many ended.
      batchSize: 1_000,
      recordByRecord: false,
      dead: dead.queue,
    });
    eachMinute(this, {
      ...props,
      duty: 'snapshot',
      service: 'snapshot-schedule',
      title: 'the snapshot of what ended',
      dead: dead.queue,
      deadName: SNAPSHOT_DLQ_NAME,
    });
    this.alarmWhenStale(props);
  }

  private alarmWhenStale({ alarms }: Surroundings): void {
    const sum = { period: STALE_AFTER, statistic: 'Sum' };
    alarms.watch(this, 'Stale', {
      description:
        'No revocation snapshot was built for two minutes: verifiers that rely on it refuse every token soon. See /aws/lambda/writ-snapshot.',
      metric: new MathExpression({
        label: 'no new snapshot',
        expression: 'IF(runs - failures < 1, 1, 0)',
        usingMetrics: { runs: this.function.metricInvocations(sum), failures: this.function.metricErrors(sum) },
        period: STALE_AFTER,
      }),
      silenceIsBad: true,
    });
  }
}
