import { isArn, parseArn } from '../../core/arn.ts';
import { ceilingOf, type AwsEntitlement, type Target } from '../../core/entitlement.ts';
import { WritError } from '../../core/errors.ts';
import { placeholdersOf, type ParameterType } from '../../core/parameters.ts';
import { syntaxProblems, type Scope, type ScopeStatement } from '../../core/scope.ts';
import { compileSessionPolicy } from '../../core/sessionPolicy.ts';
import { exampleProblems } from './examples.ts';
import { actionsMeet, patternsMeet } from './patterns.ts';
import { whyUnlendable } from './unlendable.ts';

/** The longest value of each parameter type: what a session policy must have room for. */
const LONGEST: Readonly<Record<ParameterType, string>> = {
  id: 'X'.repeat(64),
  uuid: '00000000-0000-0000-0000-000000000000',
  date: '2026-11-21',
  integer: '9'.repeat(15),
};

/** DynamoDB actions that carry `dynamodb:LeadingKeys`. Scan and PartiQL carry none (AWS: "Using conditions"). */
const KEYED = new Set(
  [
    'BatchGetItem',
    'BatchWriteItem',
    'ConditionCheckItem',
    'DeleteItem',
    'GetItem',
    'PutItem',
    'Query',
    'UpdateItem',
  ].map((action) => `dynamodb:${action}`),
);

/** What is wrong with an entitlement's ceiling and parameters, each with its member's path. */
export function ceilingProblems(entitlement: AwsEntitlement, target: Target): string[] {
  const names = nameProblems(entitlement);
  // Templates that can't be filled in can't be looked at further.
  if (names.length > 0) return names;
  const problems = [
    ...exampleProblems(entitlement.parameters),
    ...ceilingOf(
      entitlement,
      target,
      valuesFor(entitlement, () => 'x'),
    ).flatMap((line, index) => statementProblems(line, target).map((problem) => `ceiling[${index}]: ${problem}`)),
    ...overlaps(
      ceilingOf(
        entitlement,
        target,
        valuesFor(entitlement, () => '*'),
      ),
    ),
  ];
  return problems.length > 0 ? problems : sizeProblems(entitlement, target);
}

function nameProblems({ ceiling, parameters }: AwsEntitlement): string[] {
  const used = new Set(
    ceiling.flatMap((line) => [...line.resources, ...(line.leadingKeys ?? [])]).flatMap(placeholdersOf),
  );
  const known = new Set([...Object.keys(parameters), 'account', 'region']);
  return [
    ...[...used]
      .filter((name) => !known.has(name))
      .map((name) => `ceiling: {${name}} is no parameter; declare it under \`parameters\``),
    ...Object.keys(parameters)
      .filter((name) => !used.has(name))
      .map((name) => `parameters.${name}: narrows nothing; use {${name}} in the ceiling or remove it`),
  ];
}

function statementProblems(line: ScopeStatement, target: Target): string[] {
  const syntax = syntaxProblems(line);
  if (syntax.length > 0) return syntax;
  const foreign = line.resources.filter((resource) => {
    const arn = parseArn(resource);
    return isArn(arn) && arn.account !== '' && arn.account !== target.account;
  });
  return [
    ...foreign.map((resource) => `\`${resource}\` is in another account than the target; write {account}`),
    ...line.actions.map(whyUnlendable).filter((why) => why !== undefined),
    ...(line.leadingKeys ? keyProblems(line.actions, line.leadingKeys) : []),
  ];
}

const keyProblems = (actions: readonly string[], leadingKeys: readonly string[]): string[] => [
  ...actions
    .filter((action) => !KEYED.has(action))
    .map((action) => `\`${action}\` carries no leading key; lend it in a statement without \`leadingKeys\``),
  ...leadingKeys
    .filter((key) => !/^[A-Za-z0-9#.:@_|/-]{1,256}$/.test(key))
    .map((key) => `\`${key}\` is no leading key: use letters, digits, \`#.:@_|/-\` and {parameters}`),
];

/**
 * The session policy's closing denies are made per action text and per statement (`core/sessionPolicy.ts`), so one
 * statement's deny must never hit what another lends.
 */
function overlaps(ceiling: Scope): string[] {
  return ceiling.flatMap((line, index) =>
    ceiling.slice(index + 1).flatMap((other, offset) => {
      const where = `ceiling[${index}] and ceiling[${index + 1 + offset}]`;
      const uneven = pairs(line.actions, other.actions).find(([a, b]) => a !== b && actionsMeet(a, b));
      if (uneven) return [`${where}: \`${uneven[0]}\` and \`${uneven[1]}\` overlap; write the same action in both`];
      const shared = line.actions.find((action) => other.actions.includes(action));
      const meet = pairs(line.resources, other.resources).some(([a, b]) => patternsMeet(a, b));
      const sameKeys = JSON.stringify(line.leadingKeys) === JSON.stringify(other.leadingKeys);
      return shared !== undefined && meet && !sameKeys
        ? [`${where}: \`${shared}\` has different leading keys on resources that overlap`]
        : [];
    }),
  );
}

function sizeProblems(entitlement: AwsEntitlement, target: Target): string[] {
  const longest = valuesFor(entitlement, ({ type, values }) =>
    values ? values.reduce((a, b) => (b.length > a.length ? b : a)) : LONGEST[type],
  );
  try {
    // The expiry's text has the same length at any time.
    compileSessionPolicy(ceilingOf(entitlement, target, longest), 0);
    return [];
  } catch (error) {
    if (!(error instanceof WritError)) throw error;
    return [
      `ceiling: with the longest parameters ${error.message}. Lend fewer actions or resources, write groups of actions ` +
        'as a prefix such as `dynamodb:Describe*`, or split the entitlement in two',
    ];
  }
}

const valuesFor = (
  { parameters }: AwsEntitlement,
  value: (spec: AwsEntitlement['parameters'][string]) => string,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(parameters).map(([name, spec]) => [name, value(spec)]));

const pairs = (a: readonly string[], b: readonly string[]): [string, string][] =>
  a.flatMap((left) => b.map((right): [string, string] => [left, right]));
