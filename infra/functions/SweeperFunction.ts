import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AUDIT_TABLE, GRANTS_TABLE } from '../../adapters/aws/tables.ts';
import { ENV } from '../../functions/shared/env.ts';
import { DeadLetterQueue } from '../constructs/DeadLetterQueue.ts';
import { eachMinute } from '../constructs/eachMinute.ts';
import { allow, allowItems, indexArn, queueArn, tableArn, useDataKey } from '../constructs/statements.ts';
import type { Surroundings } from '../constructs/WritFunction.ts';
import { WritFunction } from '../constructs/WritFunction.ts';
import { REVOCATION_QUEUE_NAME, SWEEPER_DLQ_NAME } from '../names.ts';
import { BUNDLE, STORES } from './environment.ts';
import { movesGrants } from './items.ts';

export interface SweeperFunctionProps extends Surroundings {
  readonly revocationQueueUrl: string;
}

/**
 * Each minute: moves grants that time has moved, closes intents without an outcome, and has every lent role looked at.
 * One at a time, and done before the next one is due.
 */
export class SweeperFunction extends WritFunction<'sweeper'> {
  constructor(scope: Construct, id: string, props: SweeperFunctionProps) {
    const grants = GRANTS_TABLE.name;
    const dead = new DeadLetterQueue(scope, `${id}Dead`, {
      ...props,
      name: SWEEPER_DLQ_NAME,
      lost: 'A sweep failed at every attempt: grants may show as active past their end, though nothing is issued for them',
    });
    super(scope, id, {
      ...props,
      duty: 'sweeper',
      description: 'Writ: what time does to grants and intents',
      timeout: Duration.seconds(55),
      reservedConcurrency: 1,
      deadLetterQueue: dead.queue,
      environment: { ...STORES, ...BUNDLE, [ENV.revocationQueueUrl]: props.revocationQueueUrl },
      statements: [
        ...movesGrants(props, 'ONCE#*'),
        allowItems('OpenUsesAndChildren', ['dynamodb:Query'], tableArn(props, grants), 'BREAKGLASS', 'GRANT#*'),
        // `byBucket`: once a bundle, the grants of clients that are gone.
        allow(
          'Lists',
          ['dynamodb:Query'],
          indexArn(props, grants, GRANTS_TABLE.indexes.due.name),
          indexArn(props, grants, GRANTS_TABLE.indexes.byBucket.name),
        ),
        allow('Leaves', ['dynamodb:PutItem'], tableArn(props, AUDIT_TABLE.name)),
        useDataKey(props, 'writeTables'),
        allow('Tell', ['sqs:SendMessage'], queueArn(props, REVOCATION_QUEUE_NAME), queueArn(props, SWEEPER_DLQ_NAME)),
        useDataKey(props, 'send'),
      ],
    });
    eachMinute(this, {
      ...props,
      duty: 'sweeper',
      service: 'schedule',
      title: 'the sweeper',
      dead: dead.queue,
      deadName: SWEEPER_DLQ_NAME,
    });
  }
}
