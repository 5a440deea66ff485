/**
 * Evaluates what dynalite's parsers read out of condition, filter and projection expressions.
 *
 * dynalite's own evaluator is not used: it compares documents by reference and strings by UTF-16, and finds attributes
 * that objects inherit.
 */
import { attribute, bytes, compare, equal, typeOf } from './attribute-value.ts';
import type { AttributeValue, Item } from './attribute-value.ts';

/** A document path: names, and list indexes. */
export type Path = (string | number)[];

export interface FunctionCall {
  readonly type: 'function';
  readonly name: string;
  readonly args: readonly Operand[];
}

export type Operand = Path | FunctionCall | AttributeValue;

type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Condition =
  | { readonly type: 'and' | 'or' | 'not'; readonly args: readonly Condition[] }
  | { readonly type: Comparator | 'between' | 'in'; readonly args: readonly Operand[] }
  | FunctionCall;

/** A condition with the top-level attributes that it looks at. */
export interface ParsedCondition {
  readonly expression: Condition;
  readonly pathHeads: Readonly<Record<string, true>>;
  readonly nestedPaths: Readonly<Record<string, true>>;
}

export interface ParsedProjection {
  readonly paths: readonly Path[];
}

/** The value at `path`, if all of the path exists. */
export function valueAt(path: Path, item: Item): AttributeValue | undefined {
  let here: AttributeValue | undefined = { M: item };
  for (const step of path) {
    if (typeof step === 'number') here = here.L?.[step];
    else here = here.M && attribute(here.M, step);
    if (!here) return undefined;
  }
  return here;
}

export function matches(condition: Condition, item: Item): boolean {
  switch (condition.type) {
    case 'and':
      return condition.args.every((part) => matches(part, item));
    case 'or':
      return condition.args.some((part) => matches(part, item));
    case 'not':
      return !condition.args.some((part) => matches(part, item));
    case 'function':
      return holds(condition, item);
    case 'in': {
      const [value, ...candidates] = condition.args.map((arg) => resolve(arg, item));
      return candidates.some((candidate) => same(value, candidate));
    }
    case 'between': {
      const [value, low, high] = condition.args.map((arg) => resolve(arg, item));
      return ordered(low, value, (order) => order <= 0) && ordered(value, high, (order) => order <= 0);
    }
    case '=':
    case '<>':
    case '<':
    case '<=':
    case '>':
    case '>=': {
      const [left, right] = condition.args.map((arg) => resolve(arg, item));
      return COMPARATORS[condition.type](left, right);
    }
  }
}

type Comparison = (left: AttributeValue | undefined, right: AttributeValue | undefined) => boolean;

/** An absent operand equals nothing and has no order; it differs from everything. */
const COMPARATORS: Readonly<Record<Comparator, Comparison>> = {
  '=': same,
  '<>': (left, right) => !same(left, right),
  '<': (left, right) => ordered(left, right, (order) => order < 0),
  '<=': (left, right) => ordered(left, right, (order) => order <= 0),
  '>': (left, right) => ordered(left, right, (order) => order > 0),
  '>=': (left, right) => ordered(left, right, (order) => order >= 0),
};

function same(left: AttributeValue | undefined, right: AttributeValue | undefined): boolean {
  return left !== undefined && right !== undefined && equal(left, right);
}

function ordered(
  left: AttributeValue | undefined,
  right: AttributeValue | undefined,
  accepts: (order: number) => boolean,
): boolean {
  const order = left && right && compare(left, right);
  return order !== undefined && accepts(order);
}

function resolve(operand: Operand, item: Item): AttributeValue | undefined {
  if (Array.isArray(operand)) return valueAt(operand, item);
  return 'name' in operand ? sizeOf(operand, item) : operand;
}

/** `size(path)`, the one function that gives a value. */
function sizeOf(call: FunctionCall, item: Item): AttributeValue | undefined {
  const [value] = call.args.map((arg) => resolve(arg, item));
  if (!value) return undefined;
  if (value.S !== undefined) return { N: String(Buffer.byteLength(value.S)) };
  if (value.B !== undefined) return { N: String(bytes(value.B).length) };
  const members = value.SS ?? value.NS ?? value.BS ?? value.L ?? (value.M && Object.keys(value.M));
  return members && { N: String(members.length) };
}

function holds(call: FunctionCall, item: Item): boolean {
  const [value, argument] = call.args.map((arg) => resolve(arg, item));
  switch (call.name) {
    case 'attribute_exists':
      return value !== undefined;
    case 'attribute_not_exists':
      return value === undefined;
    case 'attribute_type':
      return value !== undefined && typeOf(value) === argument?.S;
    case 'begins_with':
      return value !== undefined && argument !== undefined && beginsWith(value, argument);
    case 'contains':
      return value !== undefined && argument !== undefined && contains(value, argument);
    default:
      throw new TypeError(`the function \`${call.name}\` is not a condition`);
  }
}

export function beginsWith(value: AttributeValue, prefix: AttributeValue): boolean {
  if (value.S !== undefined && prefix.S !== undefined) return value.S.startsWith(prefix.S);
  if (value.B === undefined || prefix.B === undefined) return false;
  const start = bytes(prefix.B);
  return bytes(value.B).subarray(0, start.length).equals(start);
}

function contains(value: AttributeValue, part: AttributeValue): boolean {
  if (value.S !== undefined) return part.S !== undefined && value.S.includes(part.S);
  if (value.B !== undefined) return part.B !== undefined && bytes(value.B).includes(bytes(part.B));
  if (value.SS) return part.S !== undefined && value.SS.includes(part.S);
  if (value.NS) return part.N !== undefined && value.NS.includes(part.N);
  if (value.BS) return part.B !== undefined && value.BS.includes(part.B);
  return value.L?.some((member) => equal(member, part)) ?? false;
}

/** The selected paths as a tree. */
interface Selection {
  /** Whether a path ends here: all below is selected. */
  whole: boolean;
  readonly below: Map<string | number, Selection>;
}

/** The parts of `item` that the paths name; list elements keep their order and close ranks. */
export function project(paths: readonly Path[], item: Item): Item {
  const selection: Selection = { whole: false, below: new Map() };
  for (const path of paths) {
    let branch = selection;
    for (const step of path) {
      const next = branch.below.get(step) ?? { whole: false, below: new Map<string | number, Selection>() };
      branch.below.set(step, next);
      branch = next;
    }
    branch.whole = true;
  }
  return select(selection, { M: item })?.M ?? {};
}

function select(selection: Selection, value: AttributeValue): AttributeValue | undefined {
  if (selection.whole) return value;
  const selected = [...selection.below].flatMap(([step, below]): [string | number, AttributeValue][] => {
    const member = typeof step === 'number' ? value.L?.[step] : value.M && attribute(value.M, step);
    const part = member && select(below, member);
    return part ? [[step, part]] : [];
  });
  if (selected.length === 0) return undefined;
  if (value.M) return { M: Object.fromEntries(selected) };
  return { L: selected.sort(([a], [b]) => Number(a) - Number(b)).map(([, part]) => part) };
}
