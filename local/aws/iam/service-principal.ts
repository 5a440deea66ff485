/**
 * Whether a role lets an AWS service take it: what Lambda and Scheduler ask before they run as it.
 */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { parseDocument } from './documents.ts';
import type { Role } from './roles.ts';

/** `service` is a service principal, such as `lambda.amazonaws.com`; `sourceArn` is what it states to take it for. */
export async function trustsService(role: Role, service: string, sourceArn?: string): Promise<boolean> {
  const answer = await runSimulation(
    {
      request: {
        principal: service,
        action: 'sts:AssumeRole',
        resource: { resource: role.arn, accountId: role.accountId },
        contextVariables: {
          'aws:SourceAccount': role.accountId,
          'aws:PrincipalIsAWSService': 'true',
          ...(sourceArn === undefined ? {} : { 'aws:SourceArn': sourceArn }),
        },
      },
      identityPolicies: [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: parseDocument('trust', role.trustPolicy),
    },
    { simulationMode: 'Strict' },
  );
  if (answer.resultType === 'error') throw new Error(`the trust of ${role.arn}: ${JSON.stringify(answer.errors)}`);
  return answer.overallResult === 'Allowed';
}
