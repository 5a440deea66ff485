import { Duration, Validations } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyDocument, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Entitlement, Target } from '../../core/entitlement.ts';
import { ceilingOf, LENT_ROLE_PATH, lentRoleName } from '../../core/entitlement.ts';
import type { ScopeStatement } from '../../core/scope.ts';
import { brokerRoleArn } from '../names.ts';
import { lentTrust } from './lentTrust.ts';
import { selfProtection } from './selfProtection.ts';

/** A managed policy holds at most this many characters, white space not counted (IAM quotas). */
const MANAGED_POLICY_LIMIT = 6_144;

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
    const anyValue = Object.fromEntries(Object.keys(entitlement.parameters).map((parameter) => [parameter, '*']));
    const lines = ceilingOf(entitlement, target, anyValue);
    const document = new PolicyDocument({
      statements: [...lines.map(allowLine), ...selfProtection(target.account, brokerAccount)],
    });
    const size = JSON.stringify(document.toJSON()).length;
    if (size > MANAGED_POLICY_LIMIT) {
      throw new Error(`${entitlement.id}: its role’s policy has ${size} characters; ${MANAGED_POLICY_LIMIT} fit`);
    }
    const ceiling = new ManagedPolicy(this, 'Ceiling', {
      path: LENT_ROLE_PATH,
      managedPolicyName: name,
      description: `Writ: the most that ${entitlement.id} ever lends`,
      document,
    });
    Validations.of(ceiling).acknowledge(...wildcardsOf(lines).map((id) => ({ id, reason: CEILING_REASON })));

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

const CEILING_REASON =
  'The ceiling of an entitlement, as its owner wrote it in the catalogue, with any value for its parameters. Each ' +
  'loan’s session policy narrows it to the values that were asked for and closes it against everything else.';

function allowLine({ actions, resources, leadingKeys }: ScopeStatement): PolicyStatement {
  return new PolicyStatement({
    actions: [...actions],
    resources: [...resources],
    ...(leadingKeys && {
      conditions: {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': leadingKeys },
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
    }),
  });
}

/** The findings that cdk-nag makes of these lines, one for each text with a wildcard. */
const wildcardsOf = (lines: readonly ScopeStatement[]): string[] => {
  const texts = [
    ...lines.flatMap(({ actions }) => actions.map((action) => `Action::${action}`)),
    ...lines.flatMap(({ resources }) => resources.map((resource) => `Resource::${resource}`)),
  ];
  return [...new Set(texts)].filter((text) => text.includes('*')).map((text) => `AwsSolutions-IAM5[${text}]`);
};
