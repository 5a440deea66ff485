import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AUDIT_TABLE, GRANTS_TABLE } from '../../adapters/aws/tables.ts';
import { AUDIT_STREAM } from '../../core/usecases/auditLeaf.ts';
import { ENV } from '../../functions/shared/env.ts';
import { allow, allowItems, indexArn, tableArn, useDataKey } from '../constructs/statements.ts';
import type { Surroundings } from '../constructs/WritFunction.ts';
import { WritFunction } from '../constructs/WritFunction.ts';
import { BUNDLE, STORES } from './environment.ts';

export interface AuditFunctionProps extends Surroundings {
  readonly publicUrl: string;
}

/** Shows audit leaves to auditors and parties. It adds the leaf that says so, and changes nothing. */
export class AuditFunction extends WritFunction<'audit'> {
  constructor(scope: Construct, id: string, props: AuditFunctionProps) {
    const audit = AUDIT_TABLE.name;
    super(scope, id, {
      ...props,
      duty: 'audit',
      description: 'Writ: the audit leaves, read',
      cedar: true,
      timeout: Duration.seconds(10),
      environment: {
        ...STORES,
        ...BUNDLE,
        [ENV.publicUrl]: props.publicUrl,
      },
      statements: [
        allowItems('Parties', ['dynamodb:GetItem'], tableArn(props, GRANTS_TABLE.name), 'GRANT#*'),
        allow('Streams', ['dynamodb:Query'], tableArn(props, audit)),
        allowItems('Reads', ['dynamodb:PutItem'], tableArn(props, audit), AUDIT_STREAM),
        allow('Day', ['dynamodb:Query'], indexArn(props, audit, AUDIT_TABLE.indexes.byDay.name)),
        useDataKey(props, 'writeTables'),
      ],
    });
  }
}
