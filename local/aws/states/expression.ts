/**
 * JSONata in state machines: a string that begins with `{%` and ends with `%}` is an expression; it may stand anywhere
 * in a value.
 *
 * Expressions come from the template, so they are trusted; what they work on is not.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
import jsonata from 'jsonata';
import { functionsAt } from './functions.ts';
import { isObject } from './json.ts';
import type { Json } from './json.ts';

/** What expressions see. */
export interface Scope {
  /** `$states` */
  readonly states: Json;
  /** By name, without the `$`. */
  readonly variables: Readonly<Record<string, Json>>;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** An expression that could not be evaluated, or gave what can't be used: `States.QueryEvaluationError`. */
export class QueryFailure extends Error {
  /** The field of the state, such as `Arguments/Payload`. */
  readonly location: string;

  constructor(message: string, location: string) {
    super(message);
    this.name = 'QueryFailure';
    this.location = location;
  }
}

/** How deep an expression may call itself. */
const MAX_DEPTH = 500;
const compiled = new Map<string, jsonata.Expression>();

/** The JSONata text of a string that is an expression. */
function sourceOf(text: string): string | undefined {
  return text.startsWith('{%') && text.endsWith('%}') && text.length >= 4 ? text.slice(2, -2).trim() : undefined;
}

export const isExpression = (value: Json | undefined): value is string =>
  typeof value === 'string' && sourceOf(value) !== undefined;

/** What is wrong with the expressions in a value, before anything runs: nothing, or where and what. */
export function problemsIn(value: Json, location = ''): string[] {
  if (typeof value === 'string') {
    const problem = problemIn(value);
    return problem === undefined ? [] : [`${location === '' ? '' : `${location}: `}${problem}`];
  }
  if (Array.isArray(value)) {
    return (value as readonly Json[]).flatMap((element, index) => problemsIn(element, `${location}[${index}]`));
  }
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => problemsIn(inner, join(location, name)));
}

function problemIn(text: string): string | undefined {
  const source = sourceOf(text);
  if (source === undefined) {
    return text.startsWith('{%') || text.endsWith('%}') ? `\`${text}\` is an expression at one end only` : undefined;
  }
  try {
    return misuseIn(compile(source).ast(), false);
  } catch (error) {
    return `\`${source}\` is no JSONata: ${messageOf(error)}`;
  }
}

function compile(source: string): jsonata.Expression {
  const known = compiled.get(source);
  if (known) return known;
  const expression = jsonata(source, { stack: MAX_DEPTH });
  compiled.set(source, expression);
  return expression;
}

/**
 * What JSONata has and Step Functions has not: `$eval`, and a document at the top, which `$$`, `$` and a bare field name
 * would mean. They mean something only inside a path.
 */
function misuseIn(node: unknown, inPath: boolean): string | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  if (Array.isArray(node)) return first(node, (inner) => misuseIn(inner, inPath));
  const { type, value, steps, stages, predicate, group, ...rest } = node as Readonly<Record<string, unknown>>;
  if (type === 'variable' && value === 'eval') return '`$eval` is not known to Step Functions';
  if (type === 'variable' && (value === '$' || (value === '' && !inPath))) {
    return '`$` and `$$` mean nothing here: use `$states.input`';
  }
  if (type === 'name' && !inPath) return `the bare name \`${String(value)}\` means nothing here: use \`$states.input\``;
  const [start, ...later] = Array.isArray(steps) ? (steps as unknown[]) : [];
  return (
    misuseIn(start, inPath) ??
    misuseIn([later, stages, predicate, group], true) ??
    first(Object.values(rest), (inner) => misuseIn(inner, inPath))
  );
}

function first(nodes: readonly unknown[], look: (node: unknown) => string | undefined): string | undefined {
  for (const node of nodes) {
    const found = look(node);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `value` with every expression in it evaluated. @throws {QueryFailure} */
export async function evaluate(value: Json, scope: Scope, location: string): Promise<Json> {
  if (typeof value === 'string') {
    const source = sourceOf(value);
    return source === undefined ? value : evaluateSource(source, scope, location);
  }
  if (Array.isArray(value)) {
    const elements: Json[] = [];
    for (const [index, element] of (value as readonly Json[]).entries()) {
      elements.push(await evaluate(element, scope, `${location}[${index}]`));
    }
    return elements;
  }
  if (!isObject(value)) return value;
  const members: [string, Json][] = [];
  for (const [name, inner] of Object.entries(value)) {
    members.push([name, await evaluate(inner, scope, join(location, name))]);
  }
  return Object.fromEntries(members);
}

async function evaluateSource(source: string, scope: Scope, location: string): Promise<Json> {
  const refuse = (why: string): QueryFailure =>
    new QueryFailure(`The JSONata expression '${source}' specified for the field '${location}' ${why}`, location);
  let result: unknown;
  try {
    const bindings = { ...functionsAt(scope.now), ...scope.variables, states: scope.states };
    result = await compile(source).evaluate(undefined, bindings);
  } catch (error) {
    throw refuse(`threw an error during evaluation. ${messageOf(error)}`);
  }
  if (result === undefined) throw refuse('returned nothing (undefined).');
  const plain = plainOf(result);
  if (plain === undefined) throw refuse('returned something that is no JSON.');
  return plain;
}

/** JSONata's result as JSON: its sequences are arrays with members of their own. `undefined` for a function in it. */
function plainOf(value: unknown): Json | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (Array.isArray(value)) {
    const elements = value.map(plainOf);
    return elements.every((element) => element !== undefined) ? elements : undefined;
  }
  if (typeof value !== 'object') return undefined;
  if ('_jsonata_lambda' in value || '_jsonata_function' in value) return undefined;
  const members: [string, Json][] = [];
  for (const [name, inner] of Object.entries(value)) {
    if (inner === undefined) continue;
    const plain = plainOf(inner);
    if (plain === undefined) return undefined;
    members.push([name, plain]);
  }
  return Object.fromEntries(members);
}

const join = (location: string, name: string): string => (location === '' ? name : `${location}/${name}`);

function messageOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
  return `${code}${String(error.message)}`;
}
