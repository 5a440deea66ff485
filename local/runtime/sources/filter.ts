/**
 * Event filtering as Lambda does it: patterns of EventBridge, of which a record must match one.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
import { isObject, member } from '../json.ts';
import type { Json } from '../json.ts';

/** One comparison of a pattern's list: a plain value, or an operator. */
type Comparison = (value: Json | undefined) => boolean;

const OPERATORS: Readonly<Record<string, (argument: Json) => Comparison>> = {
  exists: (wanted) => (value) => (value !== undefined) === wanted,
  prefix: (prefix) => (value) => typeof value === 'string' && typeof prefix === 'string' && value.startsWith(prefix),
  'anything-but': (others) => (value) => value !== undefined && ![others].flat().includes(value),
};

/** @throws {Error} for an operator that the local runtime does not know */
export function matcherOf(patterns: readonly Json[]): (record: Json) => boolean {
  const checks = patterns.map(compile);
  return (record) => checks.length === 0 || checks.some((check) => check(record));
}

function compile(pattern: Json): (value: Json | undefined) => boolean {
  if (Array.isArray(pattern)) {
    const comparisons = (pattern as readonly Json[]).map(comparison);
    return (value) => comparisons.some((compare) => compare(value));
  }
  if (!isObject(pattern)) throw new Error(`a filter pattern holds lists and objects, not ${JSON.stringify(pattern)}`);
  const members = Object.entries(pattern).map(([name, inner]) => [name, compile(inner)] as const);
  return (value) => members.every(([name, check]) => check(isObject(value) ? member(value, name) : undefined));
}

function comparison(element: Json): Comparison {
  if (!isObject(element)) return (value) => value === element;
  const [name = '', argument] = Object.entries(element)[0] ?? [];
  const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (!operator) throw new Error(`the filter operator \`${name}\` is not known to the local runtime`);
  return operator(argument ?? null);
}
