import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AUDIT_TABLE } from '../../adapters/aws/tables.ts';
import { lentRoleArn, targetOf } from '../../core/entitlement.ts';
import { ENV } from '../../functions/shared/env.ts';
import { allow, tableArn, useDataKey } from '../constructs/statements.ts';
import type { Surroundings } from '../constructs/WritFunction.ts';
import { WritFunction } from '../constructs/WritFunction.ts';
import { BUNDLE, STORES } from './environment.ts';
import { movesGrants, sealedCallers } from './items.ts';

export interface AwsSessionFunctionProps extends Surroundings {
  readonly publicUrl: string;
  readonly signinUrl: string;
  readonly consoleUrl: string;
}

/** Lends AWS sessions: the one function that may assume lent roles, and only those of the bundle. */
export class AwsSessionFunction extends WritFunction<'aws-session'> {
  constructor(scope: Construct, id: string, props: AwsSessionFunctionProps) {
    super(scope, id, {
      ...props,
      duty: 'aws-session',
      description: 'Writ: AWS sessions and console sign-in for active grants',
      cedar: true,
      timeout: Duration.seconds(15),
      environment: {
        ...STORES,
        ...BUNDLE,
        [ENV.publicUrl]: props.publicUrl,
        [ENV.signinUrl]: props.signinUrl,
        [ENV.consoleUrl]: props.consoleUrl,
      },
      statements: [
        ...movesGrants(props),
        ...sealedCallers(props),
        allow('Leaves', ['dynamodb:PutItem'], tableArn(props, AUDIT_TABLE.name)),
        useDataKey(props, 'writeTables'),
        allow('Lend', ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'], ...lentRoles(props)),
      ],
    });
  }
}

function lentRoles({ bundle: { catalogue, targets } }: Surroundings): string[] {
  return catalogue.flatMap((entitlement) => {
    const target = targetOf(entitlement, targets);
    return target ? [lentRoleArn(entitlement, target)] : [];
  });
}
