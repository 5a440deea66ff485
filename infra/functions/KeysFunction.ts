import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AUDIT_TABLE, GRANTS_TABLE } from '../../adapters/aws/tables.ts';
import { ENV } from '../../functions/shared/env.ts';
import { allow, allowItems, tableArn, useDataKey } from '../constructs/statements.ts';
import type { Surroundings } from '../constructs/WritFunction.ts';
import { WritFunction } from '../constructs/WritFunction.ts';
import type { SigningKeys } from '../stacks/KeysStack.ts';
import { BUNDLE, STORES, tokenKeysOf } from './environment.ts';

export interface KeysFunctionProps extends Surroundings {
  readonly publicUrl: string;
  readonly signingKeys: SigningKeys;
}

/** Says which generation of keys signs. It names keys and can use none. */
export class KeysFunction extends WritFunction<'keys'> {
  constructor(scope: Construct, id: string, { signingKeys, ...props }: KeysFunctionProps) {
    super(scope, id, {
      ...props,
      duty: 'keys',
      description: 'Writ: which keys sign delegation tokens',
      cedar: true,
      timeout: Duration.seconds(10),
      environment: { ...STORES, ...BUNDLE, [ENV.publicUrl]: props.publicUrl, ...tokenKeysOf(signingKeys) },
      statements: [
        allowItems(
          'Ring',
          ['dynamodb:GetItem', 'dynamodb:PutItem'],
          tableArn(props, GRANTS_TABLE.name),
          'KEYRING',
          'IDEMPOTENCY#*',
        ),
        allow('Leaves', ['dynamodb:PutItem'], tableArn(props, AUDIT_TABLE.name)),
        useDataKey(props, 'writeTables'),
      ],
    });
  }
}
