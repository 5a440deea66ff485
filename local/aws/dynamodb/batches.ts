/** BatchGetItem and BatchWriteItem. A batch is no transaction on AWS; here all its writes happen to be one commit. */
import type { Operation } from '../service.ts';
import { attributesIn, itemAccess } from './access.ts';
import { itemSize } from './attribute-value.ts';
import type { Item } from './attribute-value.ts';
import { CapacityByTable, NO_UNITS, readUnits, writeUnits } from './capacity.ts';
import type { ItemChange } from './change.ts';
import type { Engine } from './engine.ts';
import { transactionConflict, validationError } from './errors.ts';
import type { FaultHook } from './faults.ts';
import { shown } from './items.ts';
import { operation } from './operation.ts';
import type { KeysAndAttributes, ReturnConsumedCapacity, WriteRequest } from './request.ts';
import { checkItem, checkKey, storedItemKey } from './table.ts';
import { tableName, validated } from './validate.ts';
import type { TableName } from './validate.ts';
import { batchGetItem, batchWriteItem } from './validators.ts';
import type { Validation } from './validators.ts';

/** AWS's limits: items of a read, items of a write, bytes of a read's answer. */
const LIMITS = { gets: 100, writes: 25, answer: 16 * 1024 * 1024 } as const;

interface Batch<Request> {
  readonly tables: readonly { readonly table: TableName; readonly request: Request }[];
  readonly returnConsumedCapacity: ReturnConsumedCapacity | undefined;
}

interface BatchRequest<Request> {
  readonly RequestItems: Readonly<Record<string, Request>>;
  readonly ReturnConsumedCapacity?: ReturnConsumedCapacity;
}

/** Each table's part is validated by itself, as two tables of two accounts may have one name. */
function parseBatch<Request>(input: object, validation: Validation<BatchRequest<Request>>): Batch<Request> {
  const items = 'RequestItems' in input ? input.RequestItems : undefined;
  const isMap = typeof items === 'object' && items !== null && !Array.isArray(items);
  if (!isMap || Object.keys(items).length === 0) {
    const { ReturnConsumedCapacity } = validated(input, validation);
    return { tables: [], returnConsumedCapacity: ReturnConsumedCapacity };
  }
  let returnConsumedCapacity: ReturnConsumedCapacity | undefined;
  const tables = Object.entries(items).map(([given, request]: [string, unknown]) => {
    const table = tableName(given);
    const parsed = validated({ ...input, RequestItems: { [table.name]: request } }, validation);
    returnConsumedCapacity = parsed.ReturnConsumedCapacity;
    const [own] = Object.values(parsed.RequestItems);
    if (own === undefined) throw validationError('1 validation error detected: RequestItems must not hold null');
    return { table, request: own };
  });
  return { tables, returnConsumedCapacity };
}

const tablesOf = (batch: Batch<unknown>): readonly string[] => batch.tables.map(({ table }) => table.name);

export function batchOperations(engine: Engine, faults: FaultHook | undefined): Record<string, Operation<object>> {
  return {
    BatchGetItem: operation<Batch<KeysAndAttributes>>('BatchGetItem', faults, {
      parse(input) {
        const batch = parseBatch(input, batchGetItem);
        if (batch.tables.reduce((sum, { request }) => sum + request.Keys.length, 0) > LIMITS.gets) {
          throw validationError('Too many items requested for the BatchGetItem call');
        }
        return batch;
      },
      tables: tablesOf,
      access: (batch, call) =>
        batch.tables.map(({ table, request }) =>
          itemAccess(engine, call, {
            action: 'BatchGetItem',
            table,
            keys: request.Keys,
            attributes: [
              ...request.Keys.flatMap((key) => Object.keys(key)),
              ...attributesIn({ projection: request._projection, attributesToGet: request.AttributesToGet }),
            ],
            returnConsumedCapacity: batch.returnConsumedCapacity,
          }),
        ),
      run: async (batch, call) => {
        const reads = batch.tables.map((part) => ({ ...part, known: engine.table(part.table, call) }));
        for (const { request, known } of reads) for (const key of request.Keys) checkKey(known, key);
        const capacity = new CapacityByTable();
        const Responses: Record<string, Item[]> = {};
        const UnprocessedKeys: Record<string, KeysAndAttributes> = {};
        let size = 0;
        for (const { table, request, known } of reads) {
          const items: Item[] = [];
          const left: Item[] = [];
          for (const key of request.Keys) {
            const item = size < LIMITS.answer ? engine.item(known, key) : undefined;
            if (size >= LIMITS.answer) {
              left.push(key);
              continue;
            }
            const bytes = item ? itemSize(item) : 0;
            size += bytes;
            capacity.add(known, table.given, { ...NO_UNITS, table: readUnits(bytes, request.ConsistentRead ?? false) });
            if (item) items.push(shown(item, request));
          }
          Responses[table.given] = items;
          const { _projection, ...asked } = request;
          if (left.length > 0) UnprocessedKeys[table.given] = { ...asked, Keys: left };
        }
        return { Responses, UnprocessedKeys, ...capacity.answer(batch.returnConsumedCapacity) };
      },
    }),

    BatchWriteItem: operation<Batch<readonly WriteRequest[]>>('BatchWriteItem', faults, {
      parse(input) {
        const batch = parseBatch(input, batchWriteItem);
        if (batch.tables.some(({ request }) => request.some((write) => write.PutRequest && write.DeleteRequest))) {
          throw validationError('A write request holds either a PutRequest or a DeleteRequest');
        }
        if (batch.tables.reduce((sum, { request }) => sum + request.length, 0) > LIMITS.writes) {
          throw validationError('Too many items requested for the BatchWriteItem call');
        }
        return batch;
      },
      tables: tablesOf,
      conflict: transactionConflict,
      access: (batch, call) =>
        batch.tables.map(({ table, request }) =>
          itemAccess(engine, call, {
            action: 'BatchWriteItem',
            table,
            keys: request.map(target),
            attributes: request.flatMap((write) => Object.keys(target(write))),
            returnConsumedCapacity: batch.returnConsumedCapacity,
          }),
        ),
      run: (batch, call) =>
        engine.store.exclusively(async () => {
          const capacity = new CapacityByTable();
          const changes = new Map<string, ItemChange>();
          for (const { table: name, request } of batch.tables) {
            const table = engine.table(name, call);
            for (const write of request) {
              const after = write.PutRequest?.Item;
              const item = target(write);
              if (after) checkItem(table, after);
              else checkKey(table, item);
              const key = storedItemKey(table, item);
              if (changes.has(key)) throw validationError('Provided list of item keys contains duplicates');
              const change = { table, before: engine.item(table, item), after };
              changes.set(key, change);
              capacity.add(table, name.given, writeUnits(change));
            }
          }
          await engine.commit([...changes.values()]);
          return { UnprocessedItems: {}, ...capacity.answer(batch.returnConsumedCapacity) };
        }),
    }),
  };
}

/** The item or key that a write names; the validator has seen that there is one. */
function target(write: WriteRequest): Item {
  return write.PutRequest?.Item ?? write.DeleteRequest?.Key ?? {};
}
