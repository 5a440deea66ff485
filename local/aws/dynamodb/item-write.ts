/** One write of one item: the same in a call of its own, in a batch and in a transaction. */
import { attributesIn } from './access.ts';
import type { AccessFacts } from './access.ts';
import type { Item } from './attribute-value.ts';
import type { ItemChange } from './change.ts';
import type { Engine } from './engine.ts';
import { conditionFailed, validationError } from './errors.ts';
import { matches } from './expression.ts';
import type { ParsedCondition } from './expression.ts';
import type { ReturnConsumedCapacity, UpdateItemRequest } from './request.ts';
import { checkItem, checkKey, keyAttributes } from './table.ts';
import type { KeyPair, Table } from './table.ts';
import { applyUpdate } from './update-expression.ts';
import type { ParsedUpdate } from './update-expression.ts';
import { validatedOnTable } from './validate.ts';
import type { TableName } from './validate.ts';
import { conditionCheck, deleteItem, putItem, updateItem } from './validators.ts';

export type WriteKind = 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'ConditionCheckItem';

export interface ItemWrite {
  readonly kind: WriteKind;
  readonly table: TableName;
  /** The new item of a put, the primary key of the others. */
  readonly item: Item;
  readonly condition: ParsedCondition | undefined;
  readonly update: ParsedUpdate | undefined;
  /** Whether a failed condition shows the item that failed it. */
  readonly showsItemOnFailure: boolean;
  readonly returnValues: string | undefined;
  readonly returnConsumedCapacity: ReturnConsumedCapacity | undefined;
}

/** @throws ValidationException, SerializationException */
export function parseItemWrite(kind: WriteKind, input: object): ItemWrite {
  switch (kind) {
    case 'PutItem': {
      const request = validatedOnTable(input, putItem);
      return itemWrite(kind, request.Item, request);
    }
    case 'DeleteItem': {
      const request = validatedOnTable(input, deleteItem);
      return itemWrite(kind, request.Key, request);
    }
    case 'ConditionCheckItem': {
      const request = validatedOnTable(input, conditionCheck);
      return itemWrite(kind, request.Key, request);
    }
    case 'UpdateItem': {
      const request = validatedOnTable(input, updateItem);
      // As in `checkShape`: setting this name would set the object's prototype.
      if (request._updates?.paths.some((path) => path.includes('__proto__'))) {
        throw validationError('`__proto__` is no attribute name here');
      }
      return itemWrite(kind, request.Key, request);
    }
  }
}

function itemWrite(
  kind: WriteKind,
  item: Item,
  request: Omit<UpdateItemRequest, 'Key'> & { readonly table: TableName },
): ItemWrite {
  return {
    kind,
    table: request.table,
    item,
    condition: request._condition,
    update: request._updates,
    showsItemOnFailure: request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
    returnValues: request.ReturnValues,
    returnConsumedCapacity: request.ReturnConsumedCapacity,
  };
}

export function writeFacts(write: ItemWrite): AccessFacts {
  return {
    action: write.kind,
    table: write.table,
    keys: [write.item],
    attributes: attributesIn({ key: write.item, condition: write.condition, updatePaths: write.update?.paths }),
  };
}

/** @throws ValidationException unless the write names one item of the table */
export function checkTarget(write: ItemWrite, table: Table): void {
  if (write.kind === 'PutItem') checkItem(table, write.item);
  else checkKey(table, write.item);
  if (write.update) checkUpdatesNoKey(write.update, table);
}

function checkUpdatesNoKey(update: ParsedUpdate, table: KeyPair): void {
  for (const { name } of keyAttributes(table)) {
    if (update.paths.some((path) => path[0] === name)) {
      throw validationError(
        `One or more parameter values were invalid: Cannot update attribute ${name}. This attribute is part of the key`,
      );
    }
  }
}

/**
 * What the write does to the item as it is now; a condition check leaves it. Within the writer, after `checkTarget`.
 *
 * @throws ConditionalCheckFailedException, ValidationException
 */
export function planWrite(engine: Engine, table: Table, write: ItemWrite): ItemChange {
  const before = engine.item(table, write.item);
  if (write.condition && !matches(write.condition.expression, before ?? {})) {
    throw conditionFailed(write.showsItemOnFailure ? before : undefined);
  }
  const after = itemAfter(write, before);
  if (after && write.kind === 'UpdateItem') checkItem(table, after);
  return { table, before, after };
}

function itemAfter(write: ItemWrite, before: Item | undefined): Item | undefined {
  switch (write.kind) {
    case 'PutItem':
      return write.item;
    case 'DeleteItem':
      return undefined;
    case 'ConditionCheckItem':
      return before;
    case 'UpdateItem':
      return applyUpdate(write.update?.sections ?? [], before ?? write.item);
  }
}
