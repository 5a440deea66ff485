/**
 * Whether a role lets an AWS service take it: what Lambda and Scheduler ask before they run as it; and whether a
 * resource lets a service use it.
 */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { parseDocument } from './documents.ts';
import type { Role } from './roles.ts';

/** Answers that are kept: event sources ask the same few questions at every turn. They are no matter of time. */
const KNOWN_LIMIT = 500;
const known = new Map<string, boolean>();

/** @param question all that the answer depends on */
async function knownOr(question: readonly unknown[], ask: () => Promise<boolean>): Promise<boolean> {
  const key = JSON.stringify(question);
  const answer = known.get(key) ?? (await ask());
  if (known.size >= KNOWN_LIMIT) known.clear();
  known.set(key, answer);
  return answer;
}

/** `service` is a service principal, such as `lambda.amazonaws.com`; `sourceArn` is what it states to take it for. */
export async function trustsService(role: Role, service: string, sourceArn?: string): Promise<boolean> {
  const { arn, accountId, trustPolicy } = role;
  const asked = { action: 'sts:AssumeRole', resource: arn, accountId };
  return knownOr(['trust', service, sourceArn, asked, trustPolicy], () =>
    isAllowed(service, sourceArn, asked, parseDocument('trust', trustPolicy)),
  );
}

/** Whether a resource's own policy lets a service do `action` on it, for what is at `sourceArn`. */
export async function policyAllowsService(
  policy: string,
  service: string,
  sourceArn: string,
  asked: { readonly action: string; readonly resource: string; readonly accountId: string },
): Promise<boolean> {
  return knownOr(['resource', service, sourceArn, asked, policy], () =>
    isAllowed(service, sourceArn, asked, parseDocument('resource', policy)),
  );
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
