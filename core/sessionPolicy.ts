import { WritError } from './errors.ts';
import type { Scope, ScopeStatement } from './scope.ts';

/** STS takes 2,048 characters and packs them into a binary form with the tags: this much stays free for that. */
export const SESSION_POLICY_LIMIT = 1_850;

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: readonly string[] | '*';
  readonly NotAction?: readonly string[];
  readonly Resource?: readonly string[] | '*';
  readonly NotResource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/**
 * Compiles a scope to a *closed* session policy: an Allow for what is lent, and explicit denies for every other
 * action, every other resource, every other leading key, and everything from the expiry on. The denies matter because
 * an Allow in a resource policy that names the session (or `*`) is not limited by a session policy's silence, only by
 * a deny (AWS: "Session policies", policy evaluation logic).
 *
 * The catalogue keeps statements that share an action apart in resources, so no deny of one line hits another's Allow.
 *
 * @param expiresAt epoch milliseconds; the policy works in whole seconds and rounds down, so it never outlives it (I4).
 * @returns the policy as compact JSON.
 * @throws WritError `session_policy_too_large`; a policy that does not fit is refused, never shortened.
 */
export function compileSessionPolicy(scope: Scope, expiresAt: number): string {
  const until = new Date(Math.floor(expiresAt / 1000) * 1000).toISOString().replace('.000Z', 'Z');
  const statements: Statement[] = [
    ...scope.map(allow),
    { Effect: 'Deny', NotAction: unique(scope.flatMap((line) => line.actions)), Resource: '*' },
    ...denyOtherResources(scope),
    ...scope.flatMap(denyOtherKeys),
    { Effect: 'Deny', Action: '*', Resource: '*', Condition: { DateGreaterThanEquals: { 'aws:CurrentTime': until } } },
  ];
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  if (text.length > SESSION_POLICY_LIMIT) {
    throw new WritError(
      'session_policy_too_large',
      `the scope compiles to ${text.length} characters; ${SESSION_POLICY_LIMIT} fit an AWS session`,
      { remediation: 'Ask for fewer actions or resources in `scope`, or split the task into two grants.' },
    );
  }
  return text;
}

const LEADING = 'dynamodb:LeadingKeys';

function allow(line: ScopeStatement): Statement {
  const base: Statement = { Effect: 'Allow', Action: line.actions, Resource: line.resources };
  if (!line.leadingKeys) return base;
  return {
    ...base,
    // `ForAllValues` is true when the key is absent: `Null` keeps calls without a key (Scan, PartiQL) out.
    Condition: { 'ForAllValues:StringEquals': { [LEADING]: line.leadingKeys }, Null: { [LEADING]: 'false' } },
  };
}

/** For each action, everything else than what any line lends it on; actions with the same reach share one deny. */
function denyOtherResources(scope: Scope): Statement[] {
  const groups = new Map<string, { actions: string[]; resources: readonly string[] }>();
  for (const action of unique(scope.flatMap((line) => line.actions))) {
    const resources = unique(scope.filter((line) => line.actions.includes(action)).flatMap((line) => line.resources));
    if (resources.includes('*')) continue;
    const key = JSON.stringify(resources);
    const group = groups.get(key) ?? { actions: [], resources };
    group.actions.push(action);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ actions, resources }) => ({
    Effect: 'Deny',
    Action: actions,
    NotResource: resources,
  }));
}

function denyOtherKeys({ actions, resources, leadingKeys }: ScopeStatement): Statement[] {
  if (!leadingKeys) return [];
  const on = { Effect: 'Deny', Action: actions, Resource: resources } as const;
  return [
    { ...on, Condition: { 'ForAnyValue:StringNotEquals': { [LEADING]: leadingKeys } } },
    { ...on, Condition: { Null: { [LEADING]: 'true' } } },
  ];
}

const unique = (values: readonly string[]): string[] => [...new Set(values)];
