/**
 * The decision on one permission: what each policy says is the simulator's answer, what follows is `decide`'s.
 */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { RequestAnalysis, Simulation } from '@cloud-copilot/iam-simulate';
import type { Access, Call } from '../service.ts';
import { accountOf, globalContext } from './context.ts';
import { decide } from './decision.ts';
import type { Decision, Opinions, ResourceGrant, Verdict } from './decision.ts';
import { parseDocument } from './documents.ts';
import { inlinePoliciesInForce } from './roles.ts';
import type { Role, RoleStore } from './roles.ts';
import { simulatedAction, simulatedContext, simulatedDocument } from './simulator-gaps.ts';

export type Authorization = { readonly allowed: true } | { readonly allowed: false; readonly message: string };

/** Decides on one permission that a call needs. */
export type Authorize = (call: Call, access: Access) => Promise<Authorization>;

const ALLOW_ALL = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});

/** @throws {Error} where the simulator can't answer: a service names an action or resource that AWS doesn't have. */
export function createAuthorize(roles: RoleStore): Authorize {
  return async (call, access) => {
    const policies = policiesOf(call, roles);
    const decision = decide(await opinionsOn(call, access, policies));
    return decision.allowed ? decision : { allowed: false, message: denial(call, access, decision) };
  };
}

interface CallerPolicies {
  readonly identity: readonly { readonly name: string; readonly document: string }[];
  readonly boundary?: string;
  readonly session?: string;
  readonly roleTags: Readonly<Record<string, string>>;
}

function policiesOf({ caller, now }: Call, roles: RoleStore): CallerPolicies {
  if (caller.kind === 'root') return { identity: [{ name: 'root', document: ALLOW_ALL }], roleTags: {} };
  const role = roles.byArn(caller.roleArn);
  const session = caller.sessionPolicy === undefined ? {} : { session: caller.sessionPolicy };
  // A role made anew under an old name is another role: sessions of the old one have nothing.
  if (role?.roleId !== caller.roleId) return { identity: [], roleTags: {}, ...session };
  return {
    identity: [...inlinePoliciesInForce(role, now), ...attachedPolicies(role, roles)],
    ...(role.boundary === undefined ? {} : { boundary: managedPolicy(role.boundary, roles) }),
    ...session,
    roleTags: role.tags,
  };
}

function attachedPolicies(role: Role, roles: RoleStore): { name: string; document: string }[] {
  return role.attached.map((arn) => ({ name: arn, document: managedPolicy(arn, roles) }));
}

function managedPolicy(arn: string, roles: RoleStore): string {
  const document = roles.managedPolicy(arn);
  if (document === undefined) throw new Error(`managed policy \`${arn}\` is not known to the local IAM`);
  return document;
}

async function opinionsOn(call: Call, access: Access, policies: CallerPolicies): Promise<Opinions> {
  const isTrust = access.action.startsWith('sts:');
  const load = (kind: 'identity' | 'session' | 'resource' | 'trust', text: string): unknown =>
    parseDocument(kind, simulatedDocument(access.action, text));

  const resourceAccount = accountOf(access.resource) ?? call.caller.accountId;
  const context = { ...globalContext(call, access.resource, policies.roleTags), ...access.context };
  const simulation: Simulation = {
    request: {
      principal: call.caller.arn,
      action: simulatedAction(access.action),
      resource: { resource: access.resource, accountId: resourceAccount },
      contextVariables: simulatedContext(context),
    },
    identityPolicies: policies.identity.map(({ name, document }) => ({ name, policy: load('identity', document) })),
    ...(policies.boundary === undefined
      ? {}
      : { permissionBoundaryPolicies: [{ name: 'boundary', policy: load('identity', policies.boundary) }] }),
    ...(policies.session === undefined ? {} : { sessionPolicy: load('session', policies.session) }),
    ...(access.resourcePolicy === undefined
      ? {}
      : { resourcePolicy: load(isTrust ? 'trust' : 'resource', access.resourcePolicy) }),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  };
  const analysis = await analyse(simulation);
  return {
    sameAccount: resourceAccount === call.caller.accountId,
    identity: verdict(analysis.identityAnalysis),
    ...(analysis.permissionBoundaryAnalysis ? { boundary: verdict(analysis.permissionBoundaryAnalysis) } : {}),
    ...(analysis.sessionAnalysis ? { session: verdict(analysis.sessionAnalysis) } : {}),
    resource: resourceGrant(analysis.resourceAnalysis),
    needsDelegation: access.resourcePolicy !== undefined && (isTrust || access.action.startsWith('kms:')),
  };
}

async function analyse(simulation: Simulation): Promise<RequestAnalysis> {
  const answer = await runSimulation(simulation, { simulationMode: 'Strict' });
  const { action, resource } = simulation.request;
  if (answer.resultType === 'single') return answer.result.analysis;
  const why = answer.resultType === 'error' ? JSON.stringify(answer.errors) : 'the resource must be named exactly';
  throw new Error(`the IAM simulator can't evaluate ${action} on ${resource.resource}: ${why}`);
}

function verdict(analysis: RequestAnalysis['identityAnalysis']): Verdict {
  if (analysis?.result === 'ExplicitlyDenied') return 'deny';
  return analysis?.result === 'Allowed' ? 'allow' : 'silent';
}

function resourceGrant(analysis: RequestAnalysis['resourceAnalysis']): ResourceGrant {
  const matches = new Set((analysis?.allowStatements ?? []).map((statement) => statement.principalMatch));
  return {
    denied: (analysis?.denyStatements ?? []).length > 0,
    session: matches.has('Match'),
    role: matches.has('SessionRoleMatch'),
    account: matches.has('AccountLevelMatch'),
  };
}

/** As AWS words it. */
function denial(call: Call, access: Access, decision: Extract<Decision, { allowed: false }>): string {
  const article = decision.layer === 'identity-based policy' ? 'an' : 'a';
  const reason = decision.explicit
    ? `with an explicit deny in ${article} ${decision.layer}`
    : `because no ${decision.layer} allows the ${access.action} action`;
  return `User: ${call.caller.arn} is not authorized to perform: ${access.action} on resource: ${access.resource} ${reason}`;
}
