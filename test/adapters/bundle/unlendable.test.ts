import { describe, expect, test } from 'vitest';
import { whyUnlendable } from '../../../adapters/bundle/unlendable.ts';

describe('can not be lent', () => {
  test.each([
    ['iam:PassRole', 'it includes iam:*; it could change what limits the session'],
    ['iam:*', "`iam:*` can't be lent: it could change what limits the session"],
    ['IAM:CreateAccessKey', 'it includes iam:*'],
    ['sts:AssumeRole', 'it includes sts:*'],
    ['organizations:LeaveOrganization', 'it includes organizations:*'],
    ['s3:*', 'it includes s3:DeleteBucketPolicy; what it permits to others outlives the session'],
    ['s3:Put*', 'outlives the session'],
    ['s3:PutObjectAcl', 'it includes s3:Put*Acl'],
    ['dynamodb:*', 'it includes dynamodb:DeleteResourcePolicy'],
    ['dynamodb:Put*', 'it includes dynamodb:PutResourcePolicy'],
    ['kms:CreateGrant', 'what it permits to others outlives the session'],
    ['lambda:Add*', 'it includes lambda:AddPermission'],
    ['ecr:GetAuthorizationToken', 'the token, shell or connection that it opens outlives'],
    ['ssm:Start*', 'it includes ssm:StartAutomationExecution'],
    ['rds-db:connect', 'outlives the session and its revocation'],
  ])('%s', (action, why) => {
    expect(whyUnlendable(action)).toContain(why);
  });
});

test.each(['dynamodb:PutItem', 's3:PutObject', 's3:GetBucketPolicy', 'logs:Get*', 'cloudwatch:*', 'kms:Decrypt'])(
  '%s can be lent',
  (action) => {
    expect(whyUnlendable(action)).toBeUndefined();
  },
);
