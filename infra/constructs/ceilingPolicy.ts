import { Validations } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Entitlement, Target } from '../../core/entitlement.ts';
import { ceilingOf } from '../../core/entitlement.ts';
import type { ScopeStatement } from '../../core/scope.ts';
import { selfProtection } from './selfProtection.ts';

/** A managed policy holds at most this many characters, white space not counted (IAM quotas). */
const MANAGED_POLICY_LIMIT = 6_144;

export interface CeilingProps {
  readonly path: string;
  readonly name: string;
  readonly description: string;
  readonly entitlement: Entitlement;
  readonly target: Target;
  readonly brokerAccount: string;
}

/**
 * What an entitlement's ceiling says, with any value for each parameter, as the policy and the permissions boundary of
 * a role in its target account.
 *
 * @throws Error when it does not fit a managed policy
 */
export function ceilingPolicy(
  scope: Construct,
  { path, name, description, entitlement, target, brokerAccount }: CeilingProps,
): ManagedPolicy {
  const anyValue = Object.fromEntries(Object.keys(entitlement.parameters).map((parameter) => [parameter, '*']));
  const lines = ceilingOf(entitlement, target, anyValue);
  const document = new PolicyDocument({
    statements: [...lines.map(allowLine), ...selfProtection(target.account, brokerAccount)],
  });
  const size = JSON.stringify(document.toJSON()).length;
  if (size > MANAGED_POLICY_LIMIT) {
    throw new Error(`${entitlement.id}: its role’s policy has ${size} characters; ${MANAGED_POLICY_LIMIT} fit`);
  }
  const ceiling = new ManagedPolicy(scope, 'Ceiling', { path, managedPolicyName: name, description, document });
  Validations.of(ceiling).acknowledge(...wildcardsOf(lines).map((id) => ({ id, reason: CEILING_REASON })));
  return ceiling;
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
