import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AUDIT_TABLE, GRANTS_TABLE } from '../../adapters/aws/tables.ts';
import { ENV } from '../../functions/shared/env.ts';
import { allow, allowItems, tableArn, useDataKey } from '../constructs/statements.ts';
import type { Surroundings } from '../constructs/WritFunction.ts';
import { WritFunction } from '../constructs/WritFunction.ts';
import { BUNDLE, STORES } from './environment.ts';

export interface BreakGlassFunctionProps extends Surroundings {
  readonly publicUrl: string;
}

/** Keeps the public halves of sealed keys, and rehearses their use. */
export class BreakGlassFunction extends WritFunction<'breakglass'> {
  constructor(scope: Construct, id: string, props: BreakGlassFunctionProps) {
    const table = tableArn(props, GRANTS_TABLE.name);
    super(scope, id, {
      ...props,
      duty: 'breakglass',
      description: 'Writ: sealed keys and drills',
      cedar: true,
      timeout: Duration.seconds(10),
      environment: { ...STORES, ...BUNDLE, [ENV.publicUrl]: props.publicUrl },
      statements: [
        allowItems(
          'Keys',
          ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:Query'],
          table,
          'KEY#*',
          'KEYS#*',
        ),
        allowItems('OpenUses', ['dynamodb:GetItem'], table, 'BREAKGLASS'),
        allowItems('Nonces', ['dynamodb:PutItem'], table, 'ONCE#*'),
        allow('Leaves', ['dynamodb:PutItem'], tableArn(props, AUDIT_TABLE.name)),
        useDataKey(props, 'writeTables'),
      ],
    });
  }
}
