/**
 * Applies what dynalite's parser reads out of an update expression.
 *
 * All values are computed from the item as it was; only then is anything changed, so the order of clauses is no matter.
 */
import Big from 'big.js';
import { attribute, typeOf } from './attribute-value.ts';
import type { AttributeValue, Item } from './attribute-value.ts';
import { validationError } from './errors.ts';
import { valueAt } from './expression.ts';
import type { FunctionCall, Path } from './expression.ts';

export interface Arithmetic {
  readonly type: 'add' | 'subtract';
  readonly args: readonly [UpdateOperand, UpdateOperand];
}

export type UpdateOperand = Path | FunctionCall | Arithmetic | AttributeValue;

export type UpdateSection =
  | { readonly type: 'set'; readonly path: Path; readonly val: UpdateOperand }
  | { readonly type: 'remove'; readonly path: Path }
  | { readonly type: 'add' | 'delete'; readonly path: Path; readonly val: AttributeValue };

export interface ParsedUpdate {
  readonly sections: readonly UpdateSection[];
  readonly paths: readonly Path[];
}

const BAD_TYPE = 'An operand in the update expression has an incorrect data type';
const NO_ATTRIBUTE = 'The provided expression refers to an attribute that does not exist in the item';
const BAD_PATH = 'The document path provided in the update expression is invalid for update';

type SetType = 'SS' | 'NS' | 'BS';
const SET_TYPES: readonly SetType[] = ['SS', 'NS', 'BS'];

/** `undefined` in a list is an element that is removed when all is done, so that indexes hold till then. */
interface Draft {
  L?: (Draft | undefined)[];
  M?: Record<string, Draft>;
}

/** @throws ValidationException where an operand is missing or of the wrong type, or a path leads nowhere */
export function applyUpdate(sections: readonly UpdateSection[], item: Item): Item {
  const changes = sections.map((section) => ({ path: section.path, value: newValue(section, item) }));
  const draft = { M: structuredClone(item) } as Draft & { M: Record<string, Draft> };
  for (const { path, value } of changes) change(draft, path, value as Draft | undefined);
  closeRanks(draft);
  return draft.M as Item;
}

/** What the section leaves at its path; `undefined` for nothing. */
function newValue(section: UpdateSection, item: Item): AttributeValue | undefined {
  const before = valueAt(section.path, item);
  switch (section.type) {
    case 'set':
      return evaluate(section.val, item);
    case 'remove':
      return undefined;
    case 'add':
      return section.val.N === undefined ? union(before, section.val) : plus(before ?? { N: '0' }, section.val);
    case 'delete':
      return difference(before, section.val);
  }
}

function evaluate(operand: UpdateOperand, item: Item): AttributeValue {
  const value = tryEvaluate(operand, item);
  if (!value) throw validationError(NO_ATTRIBUTE);
  return value;
}

function tryEvaluate(operand: UpdateOperand, item: Item): AttributeValue | undefined {
  if (Array.isArray(operand)) return valueAt(operand, item);
  if ('name' in operand) return call(operand, item);
  if (!('type' in operand)) return operand;
  const [left, right] = operand.args.map((arg) => evaluate(arg, item));
  return operand.type === 'add' ? plus(left, right) : minus(left, right);
}

function call({ name, args }: FunctionCall, item: Item): AttributeValue {
  const [first, second] = args;
  if (!first || !second) throw new TypeError(`the function \`${name}\` takes two arguments`);
  if (name === 'if_not_exists') return tryEvaluate(first, item) ?? evaluate(second, item);
  if (name !== 'list_append') throw new TypeError(`the function \`${name}\` gives no value`);
  const lists = [evaluate(first, item).L, evaluate(second, item).L];
  return { L: lists.flatMap((list) => list ?? fail(BAD_TYPE)) };
}

function plus(left: AttributeValue | undefined, right: AttributeValue | undefined): AttributeValue {
  return number(operandNumber(left).plus(operandNumber(right)));
}

function minus(left: AttributeValue | undefined, right: AttributeValue | undefined): AttributeValue {
  return number(operandNumber(left).minus(operandNumber(right)));
}

function operandNumber(value: AttributeValue | undefined): Big {
  return new Big(value?.N ?? fail(BAD_TYPE));
}

/** DynamoDB's numbers: 38 digits, up to 9.99…e125. */
function number(result: Big): AttributeValue {
  if (result.c.length > 38) fail('Attempting to store more than 38 significant digits in a Number');
  if (result.e > 125) fail('Number overflow. Attempting to store a number with magnitude larger than supported range');
  if (!result.eq(0) && result.e < -130) {
    fail('Number underflow. Attempting to store a number with magnitude smaller than supported range');
  }
  return { N: result.eq(0) ? '0' : result.toFixed() };
}

function union(before: AttributeValue | undefined, added: AttributeValue): AttributeValue {
  const type = setType(before, added);
  return { [type]: [...new Set([...(before?.[type] ?? []), ...(added[type] ?? [])])] };
}

/** An emptied set is no attribute. */
function difference(before: AttributeValue | undefined, removed: AttributeValue): AttributeValue | undefined {
  const type = setType(before, removed);
  const gone = new Set(removed[type]);
  const left = before?.[type]?.filter((member) => !gone.has(member)) ?? [];
  return left.length > 0 ? { [type]: left } : undefined;
}

function setType(before: AttributeValue | undefined, operand: AttributeValue): SetType {
  const type = SET_TYPES.find((candidate) => operand[candidate]);
  if (!type || (before && typeOf(before) !== type)) return fail(BAD_TYPE);
  return type;
}

function change(root: Draft, path: Path, value: Draft | undefined): void {
  let parent = root;
  for (const step of path.slice(0, -1)) {
    const next: Draft | undefined =
      typeof step === 'number' ? parent.L?.[step] : parent.M && attribute(parent.M as Item, step) && parent.M[step];
    parent = next ?? fail(BAD_PATH);
  }
  const last = path.at(-1);
  if (typeof last === 'number' && parent.L) {
    // Past the end means at the end: the gap closes with the removed elements.
    if (value || last < parent.L.length) parent.L[last] = value;
  } else if (typeof last === 'string' && parent.M) {
    if (value) parent.M[last] = value;
    else Reflect.deleteProperty(parent.M, last);
  } else {
    fail(BAD_PATH);
  }
}

function closeRanks(draft: Draft): void {
  if (draft.L) draft.L = draft.L.filter((element) => element !== undefined);
  for (const below of draft.L ?? Object.values(draft.M ?? {})) if (below) closeRanks(below);
}

function fail(message: string): never {
  throw validationError(message);
}
