/** DynamoDB's typed values as they are on the wire: binary is base64, numbers are decimal strings. */
import Big from 'big.js';

/** Exactly one member is set; request validation sees to it before anything here runs. */
export interface AttributeValue {
  readonly S?: string;
  readonly N?: string;
  readonly B?: string;
  readonly BOOL?: boolean;
  readonly NULL?: boolean;
  readonly SS?: readonly string[];
  readonly NS?: readonly string[];
  readonly BS?: readonly string[];
  readonly L?: readonly AttributeValue[];
  readonly M?: Item;
}

export type Item = Readonly<Record<string, AttributeValue>>;
export type AttributeType = keyof AttributeValue;
export type KeyType = 'S' | 'N' | 'B';

const TYPES: readonly AttributeType[] = ['S', 'N', 'B', 'BOOL', 'NULL', 'SS', 'NS', 'BS', 'L', 'M'];

export function typeOf(value: AttributeValue): AttributeType {
  const type = TYPES.find((candidate) => value[candidate] !== undefined);
  if (type === undefined) throw new TypeError('an attribute value has no type');
  return type;
}

/** The attribute `name` of `item`; what objects inherit is not an attribute. */
export function attribute(item: Item, name: string): AttributeValue | undefined {
  return Object.hasOwn(item, name) ? item[name] : undefined;
}

/** Deep equality as in `=`: sets ignore order, and numbers compare by value. */
export function equal(a: AttributeValue, b: AttributeValue): boolean {
  if (a.N !== undefined && b.N !== undefined) return a.N === b.N || new Big(a.N).eq(b.N);
  if (a.L && b.L) return a.L.length === b.L.length && a.L.every((value, i) => equalOrAbsent(value, b.L?.[i]));
  if (a.M && b.M) return equalMaps(a.M, b.M);
  const type = typeOf(a);
  if (type !== typeOf(b)) return false;
  if (type === 'SS' || type === 'NS' || type === 'BS') return equalSets(a[type] ?? [], b[type] ?? []);
  return a[type] === b[type];
}

function equalOrAbsent(a: AttributeValue, b: AttributeValue | undefined): boolean {
  return b !== undefined && equal(a, b);
}

function equalMaps(a: Item, b: Item): boolean {
  const entries = Object.entries(a);
  return (
    entries.length === Object.keys(b).length &&
    entries.every(([name, value]) => equalOrAbsent(value, attribute(b, name)))
  );
}

function equalSets(a: readonly string[], b: readonly string[]): boolean {
  const members = new Set(b);
  return a.length === b.length && a.every((member) => members.has(member));
}

/** Order of two scalars: negative, zero or positive; `undefined` where DynamoDB has no order between them. */
export function compare(a: AttributeValue, b: AttributeValue): number | undefined {
  if (a.N !== undefined && b.N !== undefined) return new Big(a.N).cmp(b.N);
  if (a.S !== undefined && b.S !== undefined) return Buffer.compare(Buffer.from(a.S), Buffer.from(b.S));
  if (a.B !== undefined && b.B !== undefined) return Buffer.compare(bytes(a.B), bytes(b.B));
  return undefined;
}

export function bytes(base64: string): Buffer {
  return Buffer.from(base64, 'base64');
}

/**
 * Size in bytes, by which capacity is counted and items are limited.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemSize(item: Item): number {
  let size = 0;
  for (const [name, value] of Object.entries(item)) size += Buffer.byteLength(name) + valueSize(value);
  return size;
}

function valueSize(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberSize(value.N);
  if (value.B !== undefined) return bytes(value.B).length;
  if (value.SS) return sum(value.SS, (member) => Buffer.byteLength(member));
  if (value.NS) return sum(value.NS, numberSize);
  if (value.BS) return sum(value.BS, (member) => bytes(member).length);
  if (value.L) return 3 + sum(value.L, (member) => 1 + valueSize(member));
  if (value.M) return 3 + Object.keys(value.M).length + itemSize(value.M);
  return 1;
}

/** One byte for two significant digits, one more, and one for a sign. */
function numberSize(text: string): number {
  const number = new Big(text);
  return Math.ceil(number.c.length / 2) + 1 + (number.s < 0 ? 1 : 0);
}

function sum<T>(values: readonly T[], size: (value: T) => number): number {
  return values.reduce((total, value) => total + size(value), 0);
}
