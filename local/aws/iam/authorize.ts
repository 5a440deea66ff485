/**
 * The decision on one permission: what each policy says is the simulator's answer, what follows is `decide`'s.
 */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { RequestAnalysis, Simulation } from '@cloud-copilot/iam-simulate';
import type { Access, Call } from '../service.ts';
import { alikeContext } from './alike.ts';
import { accountOf, globalContext } from './context.ts';
import { decide } from './decision.ts';
import type { Decision, Opinions, ResourceGrant, Verdict } from './decision.ts';
import { parseDocument } from './documents.ts';
import { inlinePoliciesInForce } from './roles.ts';
import type { Role, RoleStore } from './roles.ts';
import { relevantContext } from './relevant.ts';
import { simulatedAction, simulatedContext } from './simulator-gaps.ts';
import { wordedPolicies } from './worded.ts';
import type { WordedPolicies } from './worded.ts';

export type Authorization = { readonly allowed: true } | { readonly allowed: false; readonly message: string };

/** Decides on one permission that a call needs. */
export type Authorize = (call: Call, access: Access) => Promise<Authorization>;

const ALLOW_ALL = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});

/** Answers that are kept: a laptop's functions ask the same few questions all day. */
const KNOWN_LIMIT = 500;

/** @throws {Error} where the simulator can't answer: a service names an action or resource that AWS doesn't have. */
export function createAuthorize(roles: RoleStore): Authorize {
  const known = new Map<string, Opinions>();
  return async (call, access) => {
    const question = questionOf(call, access, policiesOf(call, roles));
    // All that an answer depends on, policies and time included: of questions that are alike, one is asked.
    const key = keyOf(question);
    const opinions = known.get(key) ?? (await opinionsOn(question));
    if (known.size >= KNOWN_LIMIT) known.clear();
    known.set(key, opinions);
    const decision = decide(opinions);
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

/** One permission as the simulator is asked about it. */
interface Question {
  readonly worded: WordedPolicies;
  readonly principal: string;
  readonly accountId: string;
  readonly action: string;
  readonly resource: string;
  readonly resourceAccount: string;
  readonly context: Record<string, string | string[]>;
}

function questionOf(call: Call, access: Access, policies: CallerPolicies): Question {
  const worded = wordedPolicies(access.action, {
    identity: policies.identity,
    boundary: policies.boundary,
    session: policies.session,
    attached: access.resourcePolicy,
  });
  const context = { ...globalContext(call, access.resource, policies.roleTags), ...access.context };
  return {
    worded,
    principal: call.caller.arn,
    accountId: call.caller.accountId,
    action: access.action,
    resource: access.resource,
    resourceAccount: accountOf(access.resource) ?? call.caller.accountId,
    context: relevantContext(simulatedContext(context), worded.texts),
  };
}

/** The same for questions that are alike. */
function keyOf({ worded, context, ...rest }: Question): string {
  return JSON.stringify([worded.id, Object.values(rest), alikeContext(context, worded.texts)]);
}

async function opinionsOn(question: Question): Promise<Opinions> {
  const { action, resource, resourceAccount, worded } = question;
  const { boundary, session, attached } = worded;
  const isTrust = action.startsWith('sts:');
  const analysis = await analyse({
    request: {
      principal: question.principal,
      action: simulatedAction(action),
      resource: { resource, accountId: resourceAccount },
      contextVariables: question.context,
    },
    identityPolicies: worded.identity.map(({ name, document }) => ({
      name,
      policy: parseDocument('identity', document),
    })),
    ...(boundary === undefined
      ? {}
      : { permissionBoundaryPolicies: [{ name: 'boundary', policy: parseDocument('identity', boundary) }] }),
    ...(session === undefined ? {} : { sessionPolicy: parseDocument('session', session) }),
    ...(attached === undefined ? {} : { resourcePolicy: parseDocument(isTrust ? 'trust' : 'resource', attached) }),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  });
  return {
    sameAccount: resourceAccount === question.accountId,
    identity: verdict(analysis.identityAnalysis),
    ...(analysis.permissionBoundaryAnalysis ? { boundary: verdict(analysis.permissionBoundaryAnalysis) } : {}),
    ...(analysis.sessionAnalysis ? { session: verdict(analysis.sessionAnalysis) } : {}),
    resource: resourceGrant(analysis.resourceAnalysis),
    needsDelegation: attached !== undefined && (isTrust || action.startsWith('kms:')),
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
