/** Query: the items of one partition, of a table or an index, in order. */
import type { Operation } from '../service.ts';
import { attributesIn, itemAccess } from './access.ts';
import { attribute, compare, equal } from './attribute-value.ts';
import type { AttributeValue } from './attribute-value.ts';
import { placeOf } from './engine.ts';
import type { Engine } from './engine.ts';
import { validationError } from './errors.ts';
import { beginsWith } from './expression.ts';
import type { FaultHook } from './faults.ts';
import { partitionPrefix, sortRange } from './layout.ts';
import type { SortCondition } from './layout.ts';
import { operation } from './operation.ts';
import { checkPage, effectiveSelect, readPage, sourceOf } from './page.ts';
import type { PageSource } from './page.ts';
import type { KeyCondition, QueryRequest } from './request.ts';
import { keyAttributes } from './table.ts';
import type { KeyAttribute } from './table.ts';
import { validatedOnTable } from './validate.ts';
import type { TableName } from './validate.ts';
import * as validators from './validators.ts';

interface Query extends QueryRequest {
  readonly table: TableName;
}

export function queryOperation(engine: Engine, faults: FaultHook | undefined): Operation<object> {
  return operation<Query>('Query', faults, {
    parse: (input) => validatedOnTable(input, validators.query),
    tables: (query) => [query.table.name],
    access(query, call) {
      const table = engine.find(placeOf(query.table, call));
      const index = table?.indexes.find((candidate) => candidate.definition.IndexName === query.IndexName);
      const hash = query.IndexName === undefined ? table?.hash : index?.hash;
      const condition = hash && query.KeyConditions[hash.name];
      const value = condition?.ComparisonOperator === 'EQ' ? condition.AttributeValueList[0] : undefined;
      return [
        itemAccess(engine, call, {
          action: 'Query',
          table: query.table,
          index: query.IndexName,
          leadingKeys: value && [value],
          attributes: [
            ...Object.keys(query.KeyConditions),
            ...attributesIn({
              condition: query._filter,
              projection: query._projection,
              attributesToGet: query.AttributesToGet,
            }),
          ],
          select: effectiveSelect(query),
          returnConsumedCapacity: query.ReturnConsumedCapacity,
        }),
      ];
    },
    async run(query, call) {
      const source = sourceOf(engine.table(query.table, call), query.IndexName);
      checkPage(source, query);
      checkFilterNamesNoKey(source, query);
      const { hash, sort } = keyConditions(source, query);
      checkStartKey(source, query, hash, sort);
      const range = sortRange(source.prefix + partitionPrefix(hash), sort);
      return readPage(engine, source, query, { range, reverse: query.ScanIndexForward === false });
    },
  });
}

function keyConditions(
  { keys }: PageSource,
  { KeyConditions }: Query,
): { readonly hash: AttributeValue; readonly sort: SortCondition | undefined } {
  const { hash, range } = keys;
  const names = Object.keys(KeyConditions);
  for (const key of keyAttributes(keys)) {
    const condition = KeyConditions[key.name];
    if (!condition && (key === hash || names.length > 1)) {
      throw validationError(`Query condition missed key schema element: ${key.name}`);
    }
    if (condition?.AttributeValueList.some((value) => value[key.type] === undefined)) {
      throw validationError(
        'One or more parameter values were invalid: Condition parameter type does not match schema type',
      );
    }
  }
  const onHash = KeyConditions[hash.name];
  const [value] = onHash?.AttributeValueList ?? [];
  if (onHash?.ComparisonOperator !== 'EQ' || !value || (names.length > 1 && !range)) {
    throw validationError('Query key condition not supported');
  }
  return { hash: value, sort: range && sortCondition(range, KeyConditions[range.name]) };
}

function sortCondition(range: KeyAttribute, condition: KeyCondition | undefined): SortCondition | undefined {
  if (!condition) return undefined;
  const [first, second] = condition.AttributeValueList;
  const operator = condition.ComparisonOperator;
  switch (operator) {
    case 'BETWEEN':
      if (first && second) return { operator, low: first, high: second };
      break;
    case 'BEGINS_WITH':
      if (range.type === 'N') break;
      if (first) return { operator, value: first };
      break;
    case 'EQ':
    case 'LT':
    case 'LE':
    case 'GT':
    case 'GE':
      if (first) return { operator, value: first };
  }
  throw validationError('Attempted conditional constraint is not an indexable operation');
}

/** A page may start only where a page of this very query may have ended. */
function checkStartKey(
  { keys }: PageSource,
  { ExclusiveStartKey: start }: Query,
  hash: AttributeValue,
  sort: SortCondition | undefined,
): void {
  if (!start) return;
  const startHash = attribute(start, keys.hash.name);
  if (!startHash || !equal(startHash, hash)) {
    throw validationError('The provided starting key is outside query boundaries based on provided conditions');
  }
  const startSort = keys.range && attribute(start, keys.range.name);
  if (sort && startSort && !meets(startSort, sort)) {
    throw validationError('The provided starting key does not match the range key predicate');
  }
}

function meets(value: AttributeValue, condition: SortCondition): boolean {
  const orderTo = (other: AttributeValue): number => compare(value, other) ?? Number.NaN;
  switch (condition.operator) {
    case 'BETWEEN':
      return orderTo(condition.low) >= 0 && orderTo(condition.high) <= 0;
    case 'BEGINS_WITH':
      return beginsWith(value, condition.value);
    case 'EQ':
      return orderTo(condition.value) === 0;
    case 'LT':
      return orderTo(condition.value) < 0;
    case 'LE':
      return orderTo(condition.value) <= 0;
    case 'GT':
      return orderTo(condition.value) > 0;
    case 'GE':
      return orderTo(condition.value) >= 0;
  }
}

function checkFilterNamesNoKey({ keys }: PageSource, { _filter }: Query): void {
  const key = keyAttributes(keys).find(({ name }) => _filter && Object.hasOwn(_filter.pathHeads, name));
  if (key) {
    throw validationError(
      `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${key.name}`,
    );
  }
}
