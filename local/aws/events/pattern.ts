/**
 * Event patterns: which events a rule wants. A pattern has the shape of the events it matches; its leaves are lists of
 * comparisons, of which one must hold. SNS filter policies speak the same language.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
import { isObject, member } from '../../runtime/json.ts';
import type { Json } from '../../runtime/json.ts';

/** Thrown for a pattern that is malformed, or whose operator is not built. The message names it. */
export class PatternError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PatternError';
  }
}

/** A test of one value of an event; `undefined` where there is none. */
type Comparison = (value: Json | undefined) => boolean;
type Matcher = (value: Json | undefined) => boolean;

const OPERATORS: Readonly<Record<string, (argument: Json) => Comparison>> = {
  prefix: (argument) => textTest('prefix', argument, (value, wanted) => value.startsWith(wanted)),
  suffix: (argument) => textTest('suffix', argument, (value, wanted) => value.endsWith(wanted)),
  'equals-ignore-case': (argument) => {
    const wanted = text('equals-ignore-case', argument).toLowerCase();
    return (value) => typeof value === 'string' && value.toLowerCase() === wanted;
  },
  exists: (argument) => {
    if (typeof argument !== 'boolean') throw new PatternError('`exists` must be true or false');
    return (value) => (value !== undefined) === argument;
  },
  'anything-but': (argument) => {
    const isExcluded = excluded(argument);
    return (value) => value !== undefined && !isExcluded(value);
  },
  numeric: (argument) => {
    const tests = numericTests(argument);
    return (value) => typeof value === 'number' && tests.every((test) => test(value));
  },
};

const RELATIONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/**
 * Makes the test of an event pattern.
 *
 * @throws {PatternError} for what is no pattern, or an operator that the local AWS does not know
 */
export function matcherOf(pattern: Json): (event: Json) => boolean {
  if (!isObject(pattern)) throw new PatternError('an event pattern is an object');
  return objectMatcher(pattern);
}

/** The test of one leaf: a list of comparisons, of which one must hold. @throws {PatternError} */
export function leafMatcher(comparisons: Json): Matcher {
  if (!Array.isArray(comparisons) || comparisons.length === 0) {
    throw new PatternError(`a pattern's leaf is a list of values, not ${JSON.stringify(comparisons)}`);
  }
  const tests = (comparisons as readonly Json[]).map(comparison);
  // Of a list in the event, each element counts as a value; an object is no leaf, so nothing is there.
  return (value) => {
    const values = leavesOf(value);
    if (values.length === 0) return tests.some((test) => test(undefined));
    return values.some((leaf) => tests.some((test) => test(leaf)));
  };
}

function objectMatcher(pattern: Json): Matcher {
  if (!isObject(pattern)) return leafMatcher(pattern);
  const members = Object.entries(pattern).map(([name, inner]): readonly [string, Matcher] => {
    if (name === '$or') throw new PatternError('`$or` is not known to the local AWS');
    return [name, objectMatcher(inner)];
  });
  if (members.length === 0) throw new PatternError('an event pattern holds no empty object');
  const matches = (value: Json | undefined): boolean =>
    members.every(([name, test]) => test(isObject(value) ? member(value, name) : undefined));
  return (value) =>
    Array.isArray(value) && value.length > 0 ? (value as readonly Json[]).some(matches) : matches(value);
}

function comparison(element: Json): Comparison {
  if (Array.isArray(element)) throw new PatternError('a list of values holds no list');
  if (!isObject(element)) return (value) => value === element;
  const entries = Object.entries(element);
  const [name = '', argument] = entries[0] ?? [];
  if (entries.length !== 1) throw new PatternError('one comparison has one operator');
  const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (!operator) throw new PatternError(`the operator \`${name}\` is not known to the local AWS`);
  return operator(argument ?? null);
}

function leavesOf(value: Json | undefined): readonly Json[] {
  if (value === undefined || isObject(value)) return [];
  return Array.isArray(value) ? (value as readonly Json[]).flatMap(leavesOf) : [value];
}

/** `prefix` and `suffix` take a text, or one to be compared without regard to case. */
function textTest(name: string, argument: Json, holds: (value: string, wanted: string) => boolean): Comparison {
  if (isObject(argument)) {
    const wanted = text(name, member(argument, 'equals-ignore-case') ?? null).toLowerCase();
    return (value) => typeof value === 'string' && holds(value.toLowerCase(), wanted);
  }
  const wanted = text(name, argument);
  return (value) => typeof value === 'string' && holds(value, wanted);
}

/** `anything-but` takes values, or a `prefix` or `suffix` that no value may have. */
function excluded(argument: Json): (value: Json) => boolean {
  if (!isObject(argument)) {
    const values = [argument].flat() as readonly Json[];
    if (values.some((value) => typeof value !== 'string' && typeof value !== 'number')) {
      throw new PatternError('`anything-but` takes texts and numbers');
    }
    return (value) => values.includes(value);
  }
  const [first, ...others] = Object.entries(argument);
  const [name, inner] = first ?? [''];
  if (others.length > 0 || !['prefix', 'suffix', 'equals-ignore-case'].includes(name)) {
    throw new PatternError(`the operator \`${name}\` within \`anything-but\` is not known to the local AWS`);
  }
  const tests = ([inner ?? null].flat() as readonly Json[]).map((element) => comparison({ [name]: element }));
  return (value) => tests.some((test) => test(value));
}

/** Pairs of a relation and a bound, all of which must hold: `[">", 0, "<=", 5]`. */
function numericTests(argument: Json): readonly ((value: number) => boolean)[] {
  const parts = Array.isArray(argument) ? (argument as readonly Json[]) : [];
  if (parts.length === 0 || parts.length % 2 === 1)
    throw new PatternError('`numeric` takes pairs of relation and bound');
  return Array.from({ length: parts.length / 2 }, (_, index) => {
    const [relation, bound] = [parts[2 * index], parts[2 * index + 1]];
    const holds = typeof relation === 'string' && Object.hasOwn(RELATIONS, relation) ? RELATIONS[relation] : undefined;
    if (!holds || typeof bound !== 'number') {
      throw new PatternError(`\`numeric\` knows no ${JSON.stringify(relation)} ${JSON.stringify(bound)}`);
    }
    return (value: number) => holds(value, bound);
  });
}

function text(name: string, argument: Json): string {
  if (typeof argument === 'string') return argument;
  throw new PatternError(`\`${name}\` takes a text, not ${JSON.stringify(argument)}`);
}
