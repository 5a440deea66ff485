/**
 * A policy in words: one row for each statement, for a reader who does not read IAM.
 */

export interface StatementRow {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: string;
  readonly resources: string;
  readonly conditions: readonly string[];
}

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Operators as a sentence goes on with them; others keep their name. */
const OPERATORS: Readonly<Record<string, string>> = {
  StringEquals: 'is',
  StringNotEquals: 'is not',
  StringLike: 'is like',
  StringNotLike: 'is not like',
  ArnEquals: 'is',
  ArnLike: 'is like',
  DateLessThan: 'is before',
  DateLessThanEquals: 'is not after',
  DateGreaterThan: 'is after',
  DateGreaterThanEquals: 'is not before',
  NumericLessThan: 'is less than',
  NumericGreaterThan: 'is more than',
  Bool: 'is',
  IpAddress: 'is in',
  NotIpAddress: 'is not in',
};

/** `policy` was accepted by STS, so it is well formed. */
export function statementRows(policy: string): readonly StatementRow[] {
  const { Statement } = JSON.parse(policy) as { Statement: Statement | readonly Statement[] };
  return [Statement].flat<(Statement | readonly Statement[])[]>().map((statement) => ({
    effect: statement.Effect,
    actions: listed(statement.Action, statement.NotAction, 'every action'),
    resources: listed(statement.Resource, statement.NotResource, 'everything'),
    conditions: Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => conditionInWords(operator, key, list(values))),
    ),
  }));
}

/**
 * The moment, in epoch milliseconds, from which the policy itself refuses everything: the earliest deny of every action
 * on everything that hangs on nothing but the time. Infinity where there is none.
 */
export function policyEnd(policy: string): number {
  const { Statement } = JSON.parse(policy) as { Statement: Statement | readonly Statement[] };
  const ends = [Statement].flat<(Statement | readonly Statement[])[]>().flatMap((statement) => {
    const everything = list(statement.Action ?? []).includes('*') && list(statement.Resource ?? []).includes('*');
    const [condition, ...others] = Object.entries(statement.Condition ?? {});
    if (statement.Effect !== 'Deny' || !everything || !condition || others.length > 0) return [];
    const [operator, keys] = condition;
    const times = list(keys['aws:CurrentTime'] ?? []);
    return operator === 'DateGreaterThanEquals' && Object.keys(keys).length === 1 ? times.map(Date.parse) : [];
  });
  return Math.min(Number.POSITIVE_INFINITY, ...ends);
}

function listed(
  included: string | readonly string[] | undefined,
  excluded: string | readonly string[] | undefined,
  all: string,
): string {
  if (excluded !== undefined) return `${all} but ${list(excluded).join(', ')}`;
  const items = list(included ?? []);
  return items.includes('*') ? all : items.join(', ');
}

function conditionInWords(operator: string, key: string, values: readonly string[]): string {
  const match = /^(ForAllValues:|ForAnyValue:)?(\w+?)(IfExists)?$/.exec(operator);
  const [, set = '', base = operator, ifExists] = match ?? [];
  if (base === 'Null') return `${key} is ${values.includes('true') ? 'absent' : 'present'}`;
  const quantifier = set === 'ForAllValues:' ? 'every ' : set === 'ForAnyValue:' ? 'any ' : '';
  const suffix = ifExists === undefined ? '' : ', if there is one';
  return `${quantifier}${key} ${OPERATORS[base] ?? base} ${values.join(' or ')}${suffix}`;
}

function list(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}
