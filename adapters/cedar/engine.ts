import { policyToJson, preparsePolicySet, type Annotations, type Response } from '@cedar-policy/cedar-wasm/web';
import type { PolicyBundle } from '../../core/bundle.ts';
import type { PolicyAction, Verdict } from '../../core/decision.ts';
import type { PolicyContext, PolicyEngine, PolicyResource } from '../../core/ports.ts';
import type { Principal } from '../../core/principal.ts';
import { answers } from './answers.ts';
import { cedarRequest } from './request.ts';
import { startCedar, type WasmLoader } from './wasm.ts';

interface Wording {
  readonly effect: 'permit' | 'forbid';
  readonly reason?: string;
  readonly remediation?: string;
}

/** Why a question got no answer. For the log alone: `error` may quote policy text and context. */
export interface EngineFailure {
  readonly action: PolicyAction;
  /** Ids of the policies that failed; none where the question or the engine did. */
  readonly policies: readonly string[];
  readonly error: string;
}

let engines = 0;

/**
 * Cedar in process over one bundle: policies are parsed here, once. The schema is not, since that would double the cold
 * start (100 ms). `loadBundle` held the policies against it, and allows no action groups, which only it could resolve;
 * the golden tests hold the questions against it; a member that a question lacks is an error in the policy that reads
 * it, so a denial.
 *
 * Default deny; a forbid beats every permit. Cedar itself skips a policy that fails and may then allow: here any
 * failure of any policy, of the request or of the engine is a denial with `error` set (I13).
 *
 * @param load the engine's WebAssembly, read unless the process has it already
 * @param onFailure told of every denial for want of an answer
 * @throws Error when the bundle's policies don't parse or the engine does not start: a process that can't
 * decide must not come up
 */
export function createCedarEngine(
  bundle: PolicyBundle,
  load: WasmLoader,
  onFailure?: (failure: EngineFailure) => void,
): PolicyEngine {
  startCedar(load);
  // Cedar's cache is one per process: a name of its own keeps this engine's policies apart from another's.
  engines += 1;
  const preparsed = `writ-${engines}`;
  // As a map: from one text, Cedar would number the policies instead of naming them.
  const parsed = preparsePolicySet(preparsed, { staticPolicies: { ...bundle.policies } });
  if (parsed.type === 'failure') throw new Error(`the policies don't parse: ${messages(parsed.errors)}`);
  const wordingOf = wordings(bundle.policies);
  const answerTo = answers(bundle.policies, preparsed);

  const ask = (
    principal: Principal,
    action: PolicyAction,
    resource: PolicyResource,
    context: PolicyContext,
  ): Verdict => {
    const request = cedarRequest(principal, action, resource, context, bundle);
    if (!request) return GONE;
    const answer = answerTo(action, request);
    if (answer.type === 'failure') return failed(messages(answer.errors));
    return verdictOf(answer.response, wordingOf) ?? nobodyPermits(principal, action, resource);
  };

  return {
    bundle,
    decide(principal, action, resource, context) {
      const verdict = attempt(() => ask(principal, action, resource, context));
      const { error, policies } = verdict;
      if (error !== undefined) onFailure?.({ action, policies: policies.map(({ id }) => id), error });
      return verdict;
    },
  };
}

function attempt(ask: () => Verdict): Verdict {
  try {
    return ask();
  } catch (error) {
    return failed(error instanceof Error ? error.message : 'the engine failed');
  }
}

/** Undefined for a denial that no policy determined: the default. */
function verdictOf(response: Response, wordingOf: (id: string) => Wording): Verdict | undefined {
  const { reason, errors } = response.diagnostics;
  const named = (ids: readonly string[]): (Wording & { id: string })[] =>
    [...new Set(ids)].sort().map((id) => ({ id, ...wordingOf(id) }));
  // INVARIANT: looked at before the decision, which is `allow` also where a forbid failed.
  if (errors.length > 0) {
    const broken = named(errors.map((error) => error.policyId)).map(({ id, effect }) => ({ id, effect }));
    return failed(errors.map(({ policyId, error }) => `\`${policyId}\`: ${error.message}`).join('; '), broken);
  }
  const determining = named(reason);
  if (determining.length === 0) return undefined;
  const remediation = words(determining.map((policy) => policy.remediation)).join(' ');
  return {
    allowed: response.decision === 'allow',
    policies: determining.map(({ id, effect }) => ({ id, effect })),
    reasons: words(determining.map((policy) => policy.reason)),
    ...(response.decision === 'deny' && remediation !== '' && { remediation }),
  };
}

function nobodyPermits({ domain, groups }: Principal, action: PolicyAction, resource: PolicyResource): Verdict {
  const who = groups.length > 0 ? `in ${[...groups].sort().join(', ')}` : 'in no group';
  const owner = resource.type === 'system' ? undefined : resource.entitlement?.owner;
  return {
    allowed: false,
    policies: [],
    reasons: [`No policy lets ${domain} principals ${who} ${PHRASES[action]} ${nameOf(resource)}.`],
    remediation: `Ask ${owner ?? 'the security admins'} whether policy should allow it.`,
  };
}

const PHRASES: Readonly<Record<PolicyAction, string>> = {
  request: 'request',
  autoApprove: 'get without approval',
  approve: 'decide on',
  consent: 'consent to',
  issue: 'get credentials for',
  extend: 'extend',
  delegate: 'act under',
  impersonate: 'impersonate somebody under',
  breakGlass: 'break glass for',
  review: 'review',
  revoke: 'revoke',
  read: 'read',
  audit: 'audit',
  administer: 'administer',
};

function nameOf(resource: PolicyResource): string {
  switch (resource.type) {
    case 'entitlement':
      return resource.entitlement.id;
    case 'grant':
      return `a grant of ${resource.grant.request.entitlement}`;
    case 'system':
      return 'Writ';
  }
}

const GONE: Verdict = {
  allowed: false,
  policies: [],
  reasons: ['The catalogue no longer has this entitlement.'],
  remediation: 'See what there is to ask for: writ entitlements.',
};

/** `error` is for the log: it may quote policy text and context. The caller's words give nothing away. */
function failed(error: string, policies: Verdict['policies'] = []): Verdict {
  return {
    allowed: false,
    policies,
    reasons: ['The policies could not be evaluated, so the answer is no.'],
    remediation: 'Tell the security admins; the log has the cause under this trace id.',
    error,
  };
}

/** Annotations, read when a policy first determines an answer: at a cold start nobody needs them all. */
function wordings(policies: PolicyBundle['policies']): (id: string) => Wording {
  const known = new Map<string, Wording>();
  return (id) => {
    const wording = known.get(id) ?? readWording(id, policies[id] ?? '');
    known.set(id, wording);
    return wording;
  };
}

function readWording(id: string, text: string): Wording {
  const answer = policyToJson(text);
  if (answer.type === 'failure') throw new Error(`policy \`${id}\` does not parse: ${messages(answer.errors)}`);
  const annotations: Annotations = answer.json.annotations ?? {};
  const { reason, remediation } = annotations;
  return { effect: answer.json.effect, ...(reason && { reason }), ...(remediation && { remediation }) };
}

const words = (texts: readonly (string | undefined)[]): string[] => [
  ...new Set(texts.filter((text) => text !== undefined)),
];

const messages = (errors: readonly { readonly message: string }[]): string =>
  errors.map((error) => error.message).join('; ');
