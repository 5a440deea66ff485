/** GetItem, PutItem, UpdateItem and DeleteItem. */
import type { Operation } from '../service.ts';
import { attributesIn, itemAccess } from './access.ts';
import { itemSize } from './attribute-value.ts';
import type { Item } from './attribute-value.ts';
import { consumed, NO_UNITS, readUnits, writeUnits } from './capacity.ts';
import type { ItemChange } from './change.ts';
import type { Engine } from './engine.ts';
import { transactionConflict } from './errors.ts';
import { project } from './expression.ts';
import type { ParsedProjection } from './expression.ts';
import type { FaultHook } from './faults.ts';
import { checkTarget, parseItemWrite, planWrite, writeFacts } from './item-write.ts';
import type { ItemWrite, WriteKind } from './item-write.ts';
import { operation } from './operation.ts';
import type { GetItemRequest } from './request.ts';
import { checkKey } from './table.ts';
import { validatedOnTable } from './validate.ts';
import type { TableName } from './validate.ts';
import { getItem } from './validators.ts';

export function itemOperations(engine: Engine, faults: FaultHook | undefined): Record<string, Operation<object>> {
  return {
    GetItem: getItemOperation(engine, faults),
    PutItem: writeOperation(engine, faults, 'PutItem'),
    UpdateItem: writeOperation(engine, faults, 'UpdateItem'),
    DeleteItem: writeOperation(engine, faults, 'DeleteItem'),
  };
}

/** A read of one item. */
export interface ItemRead extends GetItemRequest {
  readonly table: TableName;
}

export function parseItemRead(input: object): ItemRead {
  return validatedOnTable(input, getItem);
}

/** The asked part of an item. */
export function shown(
  item: Item,
  asked: {
    readonly AttributesToGet?: readonly string[] | undefined;
    readonly _projection?: ParsedProjection | undefined;
  },
): Item {
  const paths = asked._projection?.paths ?? asked.AttributesToGet?.map((name) => [name]);
  return paths ? project(paths, item) : item;
}

function getItemOperation(engine: Engine, faults: FaultHook | undefined): Operation<object> {
  return operation<ItemRead>('GetItem', faults, {
    parse: parseItemRead,
    tables: (read) => [read.table.name],
    access: (read, call) => [
      itemAccess(engine, call, {
        action: 'GetItem',
        table: read.table,
        keys: [read.Key],
        attributes: attributesIn({
          key: read.Key,
          projection: read._projection,
          attributesToGet: read.AttributesToGet,
        }),
        returnConsumedCapacity: read.ReturnConsumedCapacity,
      }),
    ],
    async run(read, call) {
      const table = engine.table(read.table, call);
      checkKey(table, read.Key);
      const item = engine.item(table, read.Key);
      const units = readUnits(item ? itemSize(item) : 0, read.ConsistentRead ?? false);
      return {
        ...(item && { Item: shown(item, read) }),
        ...consumed(read.ReturnConsumedCapacity, read.table.given, { ...NO_UNITS, table: units }),
      };
    },
  });
}

function writeOperation(engine: Engine, faults: FaultHook | undefined, kind: WriteKind): Operation<object> {
  return operation<ItemWrite>(kind, faults, {
    parse: (input) => parseItemWrite(kind, input),
    tables: (write) => [write.table.name],
    conflict: transactionConflict,
    access: (write, call) => [
      itemAccess(engine, call, {
        ...writeFacts(write),
        returnValues: write.returnValues,
        returnConsumedCapacity: write.returnConsumedCapacity,
      }),
    ],
    run: (write, call) =>
      engine.store.exclusively(async () => {
        const table = engine.table(write.table, call);
        checkTarget(write, table);
        const change = planWrite(engine, table, write);
        await engine.commit([change]);
        return {
          ...returned(write, change),
          ...consumed(write.returnConsumedCapacity, write.table.given, writeUnits(change)),
        };
      }),
  });
}

/** The answer's `Attributes`, as `ReturnValues` asks for. */
function returned(write: ItemWrite, { before, after }: ItemChange): { readonly Attributes?: Item } {
  const paths = write.update?.paths ?? [];
  const attributes = {
    NONE: undefined,
    ALL_OLD: before,
    ALL_NEW: after,
    UPDATED_OLD: before && project(paths, before),
    UPDATED_NEW: after && project(paths, after),
  }[write.returnValues ?? 'NONE'];
  return attributes && Object.keys(attributes).length > 0 ? { Attributes: attributes } : {};
}
