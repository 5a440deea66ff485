import { ArnPrincipal, PolicyDocument, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { lentRoleArn } from '../../core/entitlement.ts';
import { boundaryArn, brokerRoleArn, ENFORCER_ROLE_NAME, TARGET_ROLE_PATH } from '../names.ts';
import type { Lent } from '../stacks/TargetStack.ts';
import { allow } from './statements.ts';

/** All inline policies of a role together, white space not counted (IAM quotas). */
const INLINE_POLICY_LIMIT = 10_240;

export interface EnforcerRoleProps {
  /** All that is lent in the account. */
  readonly lent: readonly [Lent, ...Lent[]];
  readonly brokerAccount: string;
}

/**
 * The role by which the broker's enforcer ends sessions: it reads, writes and removes inline policies of lent roles.
 *
 * IAM can't say which inline policy, nor what is in it. What it can say makes that harmless (I17): only lent roles,
 * and only while each has its own boundary, which the enforcer can't take off. A lent role has no inline policy but the
 * revocations, its permissions being a managed policy; so an inline Allow grants nothing that the boundary does not
 * already hold, and a removal removes denies alone, which the next reconciliation, a minute later, puts back.
 *
 * @throws Error when the target has more entitlements than the role's policy can name
 */
export class EnforcerRole extends Construct {
  constructor(scope: Construct, id: string, { lent, brokerAccount }: EnforcerRoleProps) {
    super(scope, id);
    // Aliases of one account share its ExternalId.
    const { account, externalId } = lent[0].target;
    const roles = lent.map(({ entitlement, target }) => lentRoleArn(entitlement, target));
    const boundaries = lent.map(({ entitlement }) => boundaryArn(account, entitlement.id));
    const policy = new PolicyDocument({
      statements: [
        allow('ReadRevocations', ['iam:GetRolePolicy'], ...roles),
        new PolicyStatement({
          sid: 'WriteRevocations',
          actions: ['iam:PutRolePolicy', 'iam:DeleteRolePolicy'],
          resources: roles,
          conditions: { StringEquals: { 'iam:PermissionsBoundary': boundaries } },
        }),
      ],
    });
    const size = JSON.stringify(policy.toJSON()).length;
    if (size > INLINE_POLICY_LIMIT) {
      throw new Error(`account ${account} has ${roles.length} entitlements: too many for one enforcer policy`);
    }
    new Role(this, 'Role', {
      path: TARGET_ROLE_PATH,
      roleName: ENFORCER_ROLE_NAME,
      description: 'Writ: ends sessions of lent roles',
      assumedBy: new ArnPrincipal(brokerRoleArn(brokerAccount, 'enforcer')).withConditions({
        StringEquals: { 'sts:ExternalId': externalId },
      }),
      inlinePolicies: { Revocations: policy },
    });
  }
}
