import { Duration } from 'aws-cdk-lib';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Entitlement, Target } from '../../core/entitlement.ts';
import { LENT_ROLE_PATH, lentRoleName } from '../../core/entitlement.ts';
import { brokerRoleArn } from '../names.ts';
import { ceilingPolicy } from './ceilingPolicy.ts';
import { lentTrust } from './lentTrust.ts';

export interface LentRoleProps {
  readonly entitlement: Entitlement;
  readonly target: Target;
  readonly brokerAccount: string;
}

/**
 * The role that one entitlement is lent by. It may do what the entitlement's ceiling says, with any value for each
 * parameter; the session policy of each loan narrows that. The same document is its permissions boundary: whatever
 * inline policy the role is ever given, it can do no more (threats 39 and 40). Sessions last an hour at most, as all
 * chained sessions do.
 *
 * @throws Error when the ceiling does not fit a managed policy
 */
export class LentRole extends Construct {
  constructor(scope: Construct, id: string, { entitlement, target, brokerAccount }: LentRoleProps) {
    super(scope, id);
    const name = lentRoleName(entitlement.id);
    const ceiling = ceilingPolicy(this, {
      path: LENT_ROLE_PATH,
      name,
      description: `Writ: the most that ${entitlement.id} ever lends`,
      entitlement,
      target,
      brokerAccount,
    });
    const trust = lentTrust(brokerRoleArn(brokerAccount, 'aws-session'), entitlement, target);
    const role = new Role(this, 'Role', {
      path: LENT_ROLE_PATH,
      roleName: name,
      description: `Writ: lends ${entitlement.id}`,
      assumedBy: trust.assumedBy,
      managedPolicies: [ceiling],
      permissionsBoundary: ceiling,
      maxSessionDuration: Duration.hours(1),
    });
    role.assumeRolePolicy?.addStatements(...trust.besides);
  }
}
