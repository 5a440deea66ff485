import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AUDIT_TABLE, GRANTS_TABLE } from '../../adapters/aws/tables.ts';
import { ENV } from '../../functions/shared/env.ts';
import { allow, allowItems, indexArn, tableArn, useDataKey } from '../constructs/statements.ts';
import type { Surroundings } from '../constructs/WritFunction.ts';
import { WritFunction } from '../constructs/WritFunction.ts';
import { BUNDLE, STORES } from './environment.ts';
import { GRANT_ITEMS, REVOKED_ITEMS, sealedCallers } from './items.ts';

export interface GrantsFunctionProps extends Surroundings {
  readonly publicUrl: string;
}

/** Takes requests, shows grants, ends them. It holds no credential and can get none. */
export class GrantsFunction extends WritFunction<'grants'> {
  constructor(scope: Construct, id: string, props: GrantsFunctionProps) {
    const grants = GRANTS_TABLE.name;
    super(scope, id, {
      ...props,
      duty: 'grants',
      description: 'Writ: requests, decisions, and the ends of grants',
      cedar: true,
      timeout: Duration.seconds(10),
      environment: {
        ...STORES,
        ...BUNDLE,
        [ENV.publicUrl]: props.publicUrl,
      },
      statements: [
        allowItems('Grants', ['dynamodb:GetItem', 'dynamodb:UpdateItem'], tableArn(props, grants), ...GRANT_ITEMS),
        allowItems(
          'Writes',
          ['dynamodb:PutItem'],
          tableArn(props, grants),
          ...GRANT_ITEMS,
          REVOKED_ITEMS,
          'BREAKGLASS',
          'TICKET#*',
          'SUBJECT#*',
        ),
        // Consents that cover a request, and what was lent on from a grant that ends.
        allowItems('ConsentsAndChildren', ['dynamodb:Query'], tableArn(props, grants), 'SUBJECT#*', 'GRANT#*'),
        // What is lent on must still be lent, and a remembered consent be there, when the grant is written.
        allowItems('StillThere', ['dynamodb:ConditionCheckItem'], tableArn(props, grants), 'GRANT#*', 'SUBJECT#*'),
        allowItems('OpenUses', ['dynamodb:GetItem'], tableArn(props, grants), 'BREAKGLASS'),
        ...sealedCallers(props),
        allow(
          'Lists',
          ['dynamodb:Query'],
          indexArn(props, grants, GRANTS_TABLE.indexes.byRequester.name),
          indexArn(props, grants, GRANTS_TABLE.indexes.byBucket.name),
          indexArn(props, grants, GRANTS_TABLE.indexes.byQuestion.name),
          indexArn(props, grants, GRANTS_TABLE.indexes.bySubject.name),
        ),
        allow('Leaves', ['dynamodb:PutItem'], tableArn(props, AUDIT_TABLE.name)),
        useDataKey(props, 'writeTables'),
      ],
    });
  }
}
