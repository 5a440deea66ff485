import { actionsMeet } from './patterns.ts';

interface Unlendable {
  readonly why: string;
  /** IAM action patterns. */
  readonly actions: readonly string[];
}

/**
 * What no session may have (invariant I17, threats 5 and 6). A list of what is known, not a proof: the ceiling's owner
 * and its reviewer are still the ones who look.
 */
const UNLENDABLE: readonly Unlendable[] = [
  {
    why: 'it could change what limits the session, or get another one',
    actions: [
      'account:*',
      'cloudformation:*',
      'cognito-identity:Get*',
      'iam:*',
      'lambda:UpdateFunctionCode',
      'lambda:UpdateFunctionConfiguration',
      'organizations:*',
      'rolesanywhere:*',
      'signin:*',
      'sso:*',
      'sts:*',
    ],
  },
  {
    why: 'what it permits to others outlives the session',
    actions: [
      'dynamodb:DeleteResourcePolicy',
      'dynamodb:PutResourcePolicy',
      'ecr:SetRepositoryPolicy',
      'events:PutPermission',
      'kms:CreateGrant',
      'kms:PutKeyPolicy',
      'lambda:AddPermission',
      'logs:PutResourcePolicy',
      's3:DeleteBucketPolicy',
      's3:Put*Acl',
      's3:PutAccessPointPolicy',
      's3:PutBucketPolicy',
      'secretsmanager:PutResourcePolicy',
      'sns:AddPermission',
      'sns:SetTopicAttributes',
      'sqs:AddPermission',
      'sqs:SetQueueAttributes',
    ],
  },
  {
    why: 'the token, shell or connection that it opens outlives the session and its revocation',
    actions: [
      'codeartifact:GetAuthorizationToken',
      'ec2-instance-connect:*',
      'ecr-public:GetAuthorizationToken',
      'ecr:GetAuthorizationToken',
      'ecs:ExecuteCommand',
      'rds-db:connect',
      'redshift:GetClusterCredentials*',
      'ssm:SendCommand',
      'ssm:StartAutomationExecution',
      'ssm:StartSession',
    ],
  },
];

/** Why an action (or a pattern of actions) can't be lent; undefined when it can. */
export function whyUnlendable(action: string): string | undefined {
  for (const { why, actions } of UNLENDABLE) {
    const met = actions.find((pattern) => actionsMeet(action, pattern));
    if (met !== undefined) return `\`${action}\` can't be lent: ${met === action ? '' : `it includes ${met}; `}${why}`;
  }
  return undefined;
}
