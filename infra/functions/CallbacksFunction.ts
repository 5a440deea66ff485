import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AUDIT_TABLE, GRANTS_TABLE } from '../../adapters/aws/tables.ts';
import { CHAT_SIGNING_SECRET, TICKETS_SECRET } from '../../adapters/notify/secretNames.ts';
import { ENV } from '../../functions/shared/env.ts';
import { allow, allowItems, secretArn, tableArn, useDataKey } from '../constructs/statements.ts';
import type { Surroundings } from '../constructs/WritFunction.ts';
import { WritFunction } from '../constructs/WritFunction.ts';
import { BUNDLE, STORES } from './environment.ts';
import { REVOKED_ITEMS } from './items.ts';

export interface CallbacksFunctionProps extends Surroundings {
  readonly publicUrl: string;
}

/** Takes what chat and the ticket system tell, signed. It holds no credential and can get none. */
export class CallbacksFunction extends WritFunction<'callbacks'> {
  constructor(scope: Construct, id: string, props: CallbacksFunctionProps) {
    const grants = tableArn(props, GRANTS_TABLE.name);
    super(scope, id, {
      ...props,
      duty: 'callbacks',
      description: 'Writ: decisions from chat, and closed tickets',
      cedar: true,
      timeout: Duration.seconds(10),
      environment: { ...STORES, ...BUNDLE, [ENV.publicUrl]: props.publicUrl },
      statements: [
        allowItems('Reads', ['dynamodb:GetItem'], grants, 'GRANT#*', 'ONCE#*'),
        allowItems('Changes', ['dynamodb:UpdateItem'], grants, 'GRANT#*', 'PENDING#*'),
        allowItems('Writes', ['dynamodb:PutItem'], grants, 'ROLE#*', REVOKED_ITEMS, 'ONCE#*'),
        allowItems('TicketsAndChildren', ['dynamodb:Query'], grants, 'TICKET#*', 'GRANT#*'),
        allow('Leaves', ['dynamodb:PutItem'], tableArn(props, AUDIT_TABLE.name)),
        useDataKey(props, 'writeTables'),
        allow(
          'Keys',
          ['secretsmanager:GetSecretValue'],
          secretArn(props, CHAT_SIGNING_SECRET),
          secretArn(props, TICKETS_SECRET),
        ),
        useDataKey(props, 'readSecrets'),
      ],
    });
  }
}
