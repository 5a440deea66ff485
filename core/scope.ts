import { covers, coversAction, isAction, isArn, parseArn } from './arn.ts';
import { WritError } from './errors.ts';

/**
 * One line of what may be done. `leadingKeys` narrows DynamoDB actions to items whose partition key is one of them.
 * A scope never holds `Not*`.
 */
export interface ScopeStatement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly leadingKeys?: readonly string[];
}

export type Scope = readonly ScopeStatement[];

/** What a requester may name: fewer actions and resources. Leading keys come from parameters alone. */
export interface RequestedStatement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

/**
 * The requested scope, held against the ceiling. Each requested statement must lie within one statement of the
 * ceiling, whose leading keys it inherits; without a request the whole ceiling is meant.
 *
 * @throws WritError `invalid_request` for text that is no action or ARN, `scope_exceeds_entitlement` for more than
 * the entitlement has.
 */
export function narrowScope(
  ceiling: Scope,
  requested: readonly RequestedStatement[] | undefined,
  kind: 'aws' | 'impersonation' | 'token' = 'aws',
): Scope {
  if (requested === undefined) return ceiling;
  return requested.map((statement) => {
    // Scopes of tokens, operations of an impersonation and their audiences are names: neither pattern nor alike by case.
    const problems = kind === 'aws' ? syntaxProblems(statement) : [];
    const isWithin = kind === 'aws' ? statementCovers : statementNames;
    for (const problem of problems) throw new WritError('invalid_request', problem);
    const within = ceiling.find((outer) => isWithin(outer, statement));
    if (within) return within.leadingKeys ? { ...statement, leadingKeys: within.leadingKeys } : statement;
    throw new WritError(
      'scope_exceeds_entitlement',
      `the entitlement does not lend ${statement.actions.join(', ')} on ${statement.resources.join(', ')}`,
      {
        remediation: `Ask for no more than: ${ceiling
          .map((line) => `${line.actions.join(', ')} on ${line.resources.join(', ')}`)
          .join('; ')}. Leave \`scope\` out to get all of it.`,
      },
    );
  });
}

/** Whether `inner` lies within `outer` in every dimension. */
export function scopeCovers(outer: Scope, inner: Scope): boolean {
  return inner.every((line) =>
    outer.some(
      (wide) =>
        statementCovers(wide, line) &&
        (wide.leadingKeys === undefined || line.leadingKeys?.every((key) => wide.leadingKeys?.includes(key)) === true),
    ),
  );
}

function statementCovers(outer: RequestedStatement, inner: RequestedStatement): boolean {
  return (
    inner.actions.every((action) => outer.actions.some((wide) => coversAction(wide, action))) &&
    inner.resources.every((resource) => outer.resources.some((wide) => covers(wide, resource)))
  );
}

const statementNames = (outer: RequestedStatement, inner: RequestedStatement): boolean =>
  inner.actions.every((action) => outer.actions.includes(action)) &&
  inner.resources.every((resource) => outer.resources.includes(resource));

export function syntaxProblems(statement: RequestedStatement): string[] {
  return [
    ...statement.actions.filter((action) => !isAction(action)).map((action) => `\`${action}\` is not an action`),
    ...statement.resources.flatMap((resource) => {
      if (resource === '*') return [];
      const parsed = parseArn(resource);
      return isArn(parsed) ? [] : [parsed.problem];
    }),
  ];
}
