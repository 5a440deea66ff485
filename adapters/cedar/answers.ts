import {
  policyToJson,
  preparsePolicySet,
  statefulIsAuthorized,
  type AuthorizationAnswer,
  type PolicyJson,
} from '@cedar-policy/cedar-wasm/web';
import type { PolicyBundle } from '../../core/bundle.ts';
import type { PolicyAction } from '../../core/decision.ts';
import type { Relevance } from './relevance.ts';
import { relevanceOf } from './relevance.ts';
import type { CedarRequest } from './request.ts';
import { isAbout } from './scopes.ts';

/** So many questions about an action are answered before its policies are sought out: that takes longer than answering. */
const NARROW_AFTER = 20;
/** Answers remembered for each action: some hundred bytes each. */
const MAX_KNOWN = 2_000;

/** What is asked about an action that was asked about often. */
interface Narrowed {
  /** The parsed policies that can have a say. */
  readonly set: string;
  readonly relevance: Relevance | undefined;
  /** Answers by what the policies can tell apart. */
  readonly known: Map<string, AuthorizationAnswer>;
}

/**
 * Answers questions: by all policies at first, later by those alone that can have a say about the action, about what they
 * look at, and not twice where they could not tell the questions apart. An answer depends on nothing but the policies and
 * the question, so it is the same. A process that has just started has no time to lose for it.
 *
 * @param all name of the parsed policies, which are not parsed again
 */
export function answers(
  policies: PolicyBundle['policies'],
  all: string,
): (action: PolicyAction, question: CedarRequest) => AuthorizationAnswer {
  const asked = new Map<PolicyAction, number>();
  const narrowed = new Map<PolicyAction, Narrowed>();
  let parsed: ReadonlyMap<string, PolicyJson | undefined> | undefined;

  const narrow = (action: PolicyAction): Narrowed => {
    parsed ??= new Map(Object.entries(policies).map(([id, text]) => [id, readPolicy(text)]));
    const about = [...parsed].filter(([, policy]) => isAbout(policy, action));
    const set = `${all}-${action}`;
    const staticPolicies = Object.fromEntries(about.map(([id]) => [id, policies[id] ?? '']));
    const prepared = preparsePolicySet(set, { staticPolicies });
    const known = about.map(([, policy]) => policy).filter((policy) => policy !== undefined);
    return {
      set: prepared.type === 'failure' ? all : set,
      relevance: prepared.type === 'failure' || known.length < about.length ? undefined : relevanceOf(known),
      known: new Map(),
    };
  };

  return (action, question) => {
    const times = (asked.get(action) ?? 0) + 1;
    asked.set(action, times);
    if (times < NARROW_AFTER) return statefulIsAuthorized({ ...question, preparsedPolicySetId: all });
    const about = narrowed.get(action) ?? narrow(action);
    narrowed.set(action, about);
    return remembered(about, question);
  };
}

function remembered({ set, relevance, known }: Narrowed, question: CedarRequest): AuthorizationAnswer {
  if (!relevance) return statefulIsAuthorized({ ...question, preparsedPolicySetId: set });
  const trimmed = relevance.trimmed(question);
  const key = relevance.keyOf(trimmed);
  const before = known.get(key);
  if (before) return before;
  const answer = statefulIsAuthorized({ ...trimmed, preparsedPolicySetId: set });
  // What failed may be the engine's doing: it is asked again.
  if (answer.type === 'failure' || answer.response.diagnostics.errors.length > 0) return answer;
  if (known.size >= MAX_KNOWN) {
    for (const oldest of known.keys()) {
      known.delete(oldest);
      break;
    }
  }
  known.set(key, answer);
  return answer;
}

function readPolicy(text: string): PolicyJson | undefined {
  const answer = policyToJson(text);
  return answer.type === 'success' ? answer.json : undefined;
}
