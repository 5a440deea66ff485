/**
 * One page of a query or scan: a stretch of the key space, read from where the last page ended. What a page costs
 * depends on the page alone, not on the table.
 */
import { attribute, itemSize } from './attribute-value.ts';
import type { Item } from './attribute-value.ts';
import { consumed, readUnits } from './capacity.ts';
import type { Engine } from './engine.ts';
import { validationError } from './errors.ts';
import { matches } from './expression.ts';
import { shown } from './items.ts';
import { indexPrefix, itemsPrefix } from './layout.ts';
import type { KeyRange } from './layout.ts';
import type { QueryRequest, ScanRequest, Select } from './request.ts';
import { keyAttributes, startKeyNames, storedIndexKey, storedItemKey } from './table.ts';
import type { KeyPair, Table, TableIndex } from './table.ts';
import type { TableName } from './validate.ts';

/** A page ends where it has read 1 MB. */
const PAGE_BYTES = 1024 * 1024;

export type PageRequest = (Omit<QueryRequest, 'KeyConditions'> | ScanRequest) & { readonly table: TableName };

/** A table or one of its indexes. */
export interface PageSource {
  readonly table: Table;
  readonly index: TableIndex | undefined;
  readonly keys: KeyPair;
  readonly prefix: string;
}

/** @throws ValidationException where the table has no such index */
export function sourceOf(table: Table, indexName: string | undefined): PageSource {
  if (indexName === undefined) return { table, index: undefined, keys: table, prefix: itemsPrefix(table.id) };
  const index = table.indexes.find((candidate) => candidate.definition.IndexName === indexName);
  if (!index) throw validationError(`The table does not have the specified index: ${indexName}`);
  return { table, index, keys: index, prefix: indexPrefix(index.id) };
}

/** `Select`, or what its absence means. */
export function effectiveSelect(request: PageRequest): Select {
  if (request.Select !== undefined) return request.Select;
  if (request._projection ?? request.AttributesToGet) return 'SPECIFIC_ATTRIBUTES';
  return request.IndexName === undefined ? 'ALL_ATTRIBUTES' : 'ALL_PROJECTED_ATTRIBUTES';
}

/** @throws ValidationException where the source can't give what is asked */
export function checkPage(source: PageSource, request: PageRequest): void {
  const { table, index } = source;
  const projects = request._projection ?? request.AttributesToGet;
  if (projects && request.Select !== undefined && request.Select !== 'SPECIFIC_ATTRIBUTES') {
    throw validationError(`Cannot specify the ProjectionExpression when choosing to get ${request.Select}`);
  }
  if (!projects && request.Select === 'SPECIFIC_ATTRIBUTES') {
    throw validationError('Must specify the AttributesToGet or ProjectionExpression when choosing SPECIFIC_ATTRIBUTES');
  }
  if (!index && request.Select === 'ALL_PROJECTED_ATTRIBUTES') {
    throw validationError('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  }
  if (index) checkIndexPage(table, index, request);
  const { ExclusiveStartKey: start } = request;
  if (!start) return;
  const names = startKeyNames(table, index);
  const typed = [...keyAttributes(table), ...(index ? keyAttributes(index) : [])];
  const fits = typed.every(({ name, type }) => attribute(start, name)?.[type] !== undefined);
  if (Object.keys(start).length !== names.length || !fits) {
    throw validationError('The provided starting key is invalid');
  }
}

function checkIndexPage(table: Table, index: TableIndex, request: PageRequest): void {
  const { IndexName, Projection } = index.definition;
  if (request.ConsistentRead) {
    throw validationError('Consistent reads are not supported on global secondary indexes');
  }
  if (Projection.ProjectionType === 'ALL') return;
  if (request.Select === 'ALL_ATTRIBUTES') {
    throw validationError(
      'One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global ' +
        `secondary index ${IndexName} because its projection type is not ALL`,
    );
  }
  const asked = request._projection?.paths.map((path) => String(path[0])) ?? request.AttributesToGet ?? [];
  const held = new Set([...startKeyNames(table, index), ...(Projection.NonKeyAttributes ?? [])]);
  const missing = asked.filter((name) => !held.has(name));
  if (missing.length > 0) {
    throw validationError(
      'One or more parameter values were invalid: Global secondary index ' +
        `${IndexName} does not project [${missing.join(', ')}]`,
    );
  }
}

export interface PageStretch {
  readonly range: KeyRange;
  readonly reverse: boolean;
}

/** Reads until `Limit` items, 1 MB or the end; filters come after the reading, and after the counting. */
export async function readPage(
  engine: Engine,
  source: PageSource,
  request: PageRequest,
  { range, reverse }: PageStretch,
): Promise<object> {
  const limit = request.Limit ?? Number.POSITIVE_INFINITY;
  const read: Item[] = [];
  let size = 0;
  const pageRange = request.ExclusiveStartKey ? after(source, request.ExclusiveStartKey, range, reverse) : range;
  const most = Number.isFinite(limit) ? limit : -1;
  for await (const [, value] of engine.store.entries(pageRange, { limit: most, reverse })) {
    const item = JSON.parse(value) as Item;
    read.push(item);
    size += itemSize(item);
    if (size >= PAGE_BYTES) break;
  }
  const last = read.length >= limit || size >= PAGE_BYTES ? read.at(-1) : undefined;
  const { _filter } = request;
  const items = _filter ? read.filter((item) => matches(_filter.expression, item)) : read;
  return {
    ...(request.Select !== 'COUNT' && { Items: items.map((item) => shown(item, request)) }),
    Count: items.length,
    ScannedCount: read.length,
    ...(last && { LastEvaluatedKey: pick(startKeyNames(source.table, source.index), last) }),
    ...cost(source, request, readUnits(size, request.ConsistentRead ?? false)),
  };
}

function cost({ index }: PageSource, request: PageRequest, units: number): { readonly ConsumedCapacity?: object } {
  const spent = index ? { table: 0, indexes: { [index.definition.IndexName]: units } } : { table: units, indexes: {} };
  return consumed(request.ReturnConsumedCapacity, request.table.given, spent);
}

function after({ table, index }: PageSource, start: Item, range: KeyRange, reverse: boolean): KeyRange {
  const key = index ? storedIndexKey(table, index, start) : storedItemKey(table, start);
  return reverse ? { ...range, lt: key } : { gt: key, lt: range.lt };
}

function pick(names: readonly string[], item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
}
