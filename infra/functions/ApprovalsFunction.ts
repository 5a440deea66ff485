import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AUDIT_TABLE, GRANTS_TABLE } from '../../adapters/aws/tables.ts';
import { TICKETS_SECRET } from '../../adapters/notify/secretNames.ts';
import { ENV } from '../../functions/shared/env.ts';
import { allow, allowItems, indexArn, secretArn, tableArn, useDataKey } from '../constructs/statements.ts';
import type { Surroundings } from '../constructs/WritFunction.ts';
import { WritFunction } from '../constructs/WritFunction.ts';
import { BUNDLE, STORES } from './environment.ts';
import { GRANT_ITEMS, REVOKED_ITEMS, sealedCallers } from './items.ts';

export interface ApprovalsFunctionProps extends Surroundings {
  readonly publicUrl: string;
  readonly privateEndpoints: boolean;
}

/** Takes what people say to what others ask. It holds no credential and can get none. */
export class ApprovalsFunction extends WritFunction<'approvals'> {
  constructor(scope: Construct, id: string, props: ApprovalsFunctionProps) {
    const grants = GRANTS_TABLE.name;
    const { indexes } = GRANTS_TABLE;
    super(scope, id, {
      ...props,
      duty: 'approvals',
      description: 'Writ: approvals, consents and reviews',
      cedar: true,
      timeout: Duration.seconds(10),
      environment: {
        ...STORES,
        ...BUNDLE,
        [ENV.publicUrl]: props.publicUrl,
        [ENV.privateEndpoints]: props.privateEndpoints ? 'allow' : undefined,
      },
      statements: [
        allowItems(
          'Grants',
          ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
          tableArn(props, grants),
          ...GRANT_ITEMS,
          'SUBJECT#*',
        ),
        allowItems(
          'Writes',
          ['dynamodb:PutItem'],
          tableArn(props, grants),
          ...GRANT_ITEMS,
          REVOKED_ITEMS,
          'SUBJECT#*',
          'BREAKGLASS',
        ),
        allowItems('ConsentsAndChildren', ['dynamodb:Query'], tableArn(props, grants), 'SUBJECT#*', 'GRANT#*'),
        allowItems('Reviews', ['dynamodb:DeleteItem'], tableArn(props, grants), 'BREAKGLASS'),
        ...sealedCallers(props),
        allow(
          'Lists',
          ['dynamodb:Query'],
          indexArn(props, grants, indexes.byRequester.name),
          indexArn(props, grants, indexes.bySubject.name),
        ),
        allow('Leaves', ['dynamodb:PutItem'], tableArn(props, AUDIT_TABLE.name)),
        useDataKey(props, 'writeTables'),
        allow('Tickets', ['secretsmanager:GetSecretValue'], secretArn(props, TICKETS_SECRET)),
        useDataKey(props, 'readSecrets'),
      ],
    });
  }
}
