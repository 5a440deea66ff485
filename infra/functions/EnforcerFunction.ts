import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { GRANTS_TABLE } from '../../adapters/aws/tables.ts';
import { ENV } from '../../functions/shared/env.ts';
import { ENFORCE_TIMEOUT } from '../constructs/RevocationQueue.ts';
import { allow, allowItems, queueArn, tableArn, useDataKey } from '../constructs/statements.ts';
import type { Surroundings } from '../constructs/WritFunction.ts';
import { WritFunction } from '../constructs/WritFunction.ts';
import { ENFORCER_ROLE_NAME, enforcerRoleArn, REVOCATION_QUEUE_NAME } from '../names.ts';
import { BUNDLE, GRANTS } from './environment.ts';

export interface EnforcerFunctionProps extends Surroundings {
  readonly revocationQueue: IQueue;
}

/** Puts denies on lent roles: the one function that reaches the IAM of target accounts, by one role in each. */
export class EnforcerFunction extends WritFunction<'enforcer'> {
  constructor(scope: Construct, id: string, props: EnforcerFunctionProps) {
    const accounts = new Set(Object.values(props.bundle.targets).map(({ account }) => account));
    super(scope, id, {
      ...props,
      duty: 'enforcer',
      description: 'Writ: denies, from the table to the lent roles',
      memorySize: 512,
      timeout: ENFORCE_TIMEOUT,
      environment: { ...GRANTS, ...BUNDLE, [ENV.enforcerRoleName]: ENFORCER_ROLE_NAME },
      statements: [
        allow(
          'Queue',
          ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
          queueArn(props, REVOCATION_QUEUE_NAME),
        ),
        useDataKey(props, 'receive'),
        allowItems('Denies', ['dynamodb:Query', 'dynamodb:UpdateItem'], tableArn(props, GRANTS_TABLE.name), 'ROLE#*'),
        useDataKey(props, 'writeTables'),
        allow('Enforce', ['sts:AssumeRole'], ...[...accounts].map(enforcerRoleArn)),
      ],
    });
    new EventSourceMapping(this, 'Revocations', {
      target: this.function,
      eventSourceArn: props.revocationQueue.queueArn,
      batchSize: 1,
      reportBatchItemFailures: true,
    });
  }
}
