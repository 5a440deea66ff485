import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BROKER, policy, startLocalAws } from './harness.ts';
import type { Harness } from './harness.ts';

const FUNCTION_ARN = `arn:aws:lambda:us-east-1:${BROKER}:function:writ-sweeper`;
const GROUP_ARN = `arn:aws:scheduler:us-east-1:${BROKER}:schedule-group/default`;

let harness: Harness;
let roleArn: string;
beforeEach(async () => {
  harness = await startLocalAws();
  const role = await harness.aws.bootstrap.createRole({
    accountId: BROKER,
    name: 'schedule',
    trustPolicy: policy({
      Effect: 'Allow',
      Principal: { Service: 'scheduler.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: { ArnEquals: { 'aws:SourceArn': GROUP_ARN } },
    }),
    inlinePolicies: { Own: policy({ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: FUNCTION_ARN }) },
  });
  roleArn = role.arn;
});
afterEach(() => harness.stop());

const check = (changes: { service?: string; sourceArn?: string; resource?: string } = {}): Promise<void> => {
  const { resource = FUNCTION_ARN, ...session } = changes;
  return harness.aws.bootstrap.checkServiceAccess(
    {
      roleArn,
      sessionName: 'schedule',
      duration: 900,
      service: 'scheduler.amazonaws.com',
      sourceArn: GROUP_ARN,
      ...session,
    },
    { action: 'lambda:InvokeFunction', resource },
  );
};

describe('what a service does in a role’s name', () => {
  it('is let by what the role may do', async () => {
    await expect(check()).resolves.toBeUndefined();
  });

  it('is refused beyond that, in IAM’s words', async () => {
    await expect(check({ resource: `${FUNCTION_ARN}-other` })).rejects.toThrow(
      `User: arn:aws:sts::${BROKER}:assumed-role/schedule/schedule is not authorized to perform: lambda:InvokeFunction ` +
        `on resource: ${FUNCTION_ARN}-other because no identity-based policy allows the lambda:InvokeFunction action`,
    );
  });

  it('is refused to a service that the role does not trust', async () => {
    await expect(check({ service: 'lambda.amazonaws.com' })).rejects.toThrow(
      `\`${roleArn}\` does not trust \`lambda.amazonaws.com\``,
    );
  });

  it('is refused from a source that the role does not trust', async () => {
    await expect(check({ sourceArn: GROUP_ARN.replace('default', 'other') })).rejects.toThrow('does not trust');
  });
});
