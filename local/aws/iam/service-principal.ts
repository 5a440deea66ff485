/**
 * Whether a role lets an AWS service take it: what Lambda and Scheduler ask before they run as it; and whether a
 * resource lets a service use it.
 */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { parseDocument } from './documents.ts';
import type { Role } from './roles.ts';

/** Answers that are kept: event sources ask the same few questions at every turn. */
const KNOWN_LIMIT = 500;
const known = new Map<string, boolean>();

/** `service` is a service principal, such as `lambda.amazonaws.com`; `sourceArn` is what it states to take it for. */
export async function trustsService(role: Role, service: string, sourceArn?: string): Promise<boolean> {
  const { arn, accountId, trustPolicy } = role;
  // All that the answer depends on: it is no matter of time.
  const key = JSON.stringify([service, sourceArn, arn, accountId, trustPolicy]);
  const asked = { action: 'sts:AssumeRole', resource: arn, accountId };
  const trusts = known.get(key) ?? (await isAllowed(service, sourceArn, asked, parseDocument('trust', trustPolicy)));
  if (known.size >= KNOWN_LIMIT) known.clear();
  known.set(key, trusts);
  return trusts;
}

/** Whether a resource's own policy lets a service do `action` on it, for what is at `sourceArn`. */
export async function policyAllowsService(
  policy: string,
  service: string,
  sourceArn: string,
  asked: { readonly action: string; readonly resource: string; readonly accountId: string },
): Promise<boolean> {
  return isAllowed(service, sourceArn, asked, parseDocument('resource', policy));
}

async function isAllowed(
  service: string,
  sourceArn: string | undefined,
  { action, resource, accountId }: { readonly action: string; readonly resource: string; readonly accountId: string },
  policy: ReturnType<typeof parseDocument>,
): Promise<boolean> {
  const answer = await runSimulation(
    {
      request: {
        principal: service,
        action,
        resource: { resource, accountId },
        contextVariables: {
          'aws:SourceAccount': sourceArn?.split(':')[4] ?? accountId,
          'aws:PrincipalIsAWSService': 'true',
          // As in `globalContext`: a policy that demands TLS must not deny loopback.
          'aws:SecureTransport': 'true',
          ...(sourceArn === undefined ? {} : { 'aws:SourceArn': sourceArn }),
        },
      },
      identityPolicies: [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: policy,
    },
    { simulationMode: 'Strict' },
  );
  if (answer.resultType === 'error') throw new Error(`${action} on ${resource}: ${JSON.stringify(answer.errors)}`);
  return answer.overallResult === 'Allowed';
}
