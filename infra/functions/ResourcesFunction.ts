import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AUDIT_TABLE, GRANTS_TABLE } from '../../adapters/aws/tables.ts';
import { ENV } from '../../functions/shared/env.ts';
import { allow, allowItems, publicHalves, tableArn, useDataKey } from '../constructs/statements.ts';
import type { Surroundings } from '../constructs/WritFunction.ts';
import { WritFunction } from '../constructs/WritFunction.ts';
import type { SigningKeys } from '../stacks/KeysStack.ts';
import { BUNDLE, STORES, tokenKeyList, tokenKeysOf } from './environment.ts';
import { REVOKED_ITEMS } from './items.ts';

export interface ResourcesFunctionProps extends Surroundings {
  readonly publicUrl: string;
  readonly signingKeys: SigningKeys;
}

/** What resource servers tell: uses that they spend, and what was done. It verifies tokens and signs none. */
export class ResourcesFunction extends WritFunction<'resources'> {
  constructor(scope: Construct, id: string, { signingKeys, ...props }: ResourcesFunctionProps) {
    const grants = tableArn(props, GRANTS_TABLE.name);
    super(scope, id, {
      ...props,
      duty: 'resources',
      description: 'Writ: uses and activity, told by resource servers; the list of what ended',
      timeout: Duration.seconds(10),
      environment: { ...STORES, ...BUNDLE, [ENV.publicUrl]: props.publicUrl, ...tokenKeysOf(signingKeys) },
      statements: [
        allowItems('Reads', ['dynamodb:GetItem'], grants, 'GRANT#*', 'SNAPSHOT'),
        allowItems('Lineage', ['dynamodb:BatchGetItem'], grants, 'GRANT#*', 'TOKENS#*'),
        allowItems('Guards', ['dynamodb:ConditionCheckItem'], grants, 'GRANT#*'),
        // The last use ends its grant, and what was lent on from it; they are listed then.
        allowItems('Children', ['dynamodb:Query'], grants, 'GRANT#*'),
        allowItems('Spend', ['dynamodb:PutItem'], grants, 'TOKENS#*', REVOKED_ITEMS),
        allowItems('Count', ['dynamodb:UpdateItem'], grants, 'GRANT#*', 'TOKENS#*', 'RATE#*'),
        allow('Leaves', ['dynamodb:PutItem'], tableArn(props, AUDIT_TABLE.name)),
        useDataKey(props, 'writeTables'),
        publicHalves('PublicKeys', tokenKeyList(signingKeys)),
      ],
    });
  }
}
