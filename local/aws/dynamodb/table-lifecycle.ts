/** Making, changing and removing tables, with what they own in the store. */
import type { Item } from './attribute-value.ts';
import { expiryKey, put } from './change.ts';
import type { Engine, TablePlace } from './engine.ts';
import { validationError } from './errors.ts';
import { everything, expiryPrefix, indexPrefix, itemsPrefix, streamPrefix } from './layout.ts';
import type { WriteOperation } from './store.ts';
import { indexEntry, newIndex, newTable, storedIndexKey, withSettings } from './table.ts';
import type { Table, TableDefinition, TableIndex } from './table.ts';
import { validated } from './validate.ts';
import { createTable } from './validators.ts';

/**
 * A definition with all that means nothing here left out.
 *
 * @throws ValidationException for one that AWS would refuse, and for provisioned capacity and local indexes
 */
export function parseDefinition(input: object): TableDefinition {
  const { BillingMode, LocalSecondaryIndexes, ...definition } = validated(input, createTable);
  if (BillingMode !== 'PAY_PER_REQUEST') throw validationError('The local DynamoDB bills on demand only');
  if (LocalSecondaryIndexes) throw validationError('The local DynamoDB has no local secondary indexes');
  const { StreamSpecification: stream, ...rest } = definition;
  return stream?.StreamViewType ? definition : rest;
}

/** Within the writer. */
export async function addTable(engine: Engine, place: TablePlace, definition: TableDefinition): Promise<Table> {
  const table = newTable({ ...place, now: engine.clock() }, definition, () => engine.nextId());
  await engine.saveTable(table);
  return table;
}

/**
 * Brings an existing table to a definition, as an update of its stack would: indexes, stream, time to live, settings.
 * Within the writer.
 *
 * @throws ValidationException where keys differ, as that would be another table
 */
export async function changeTable(engine: Engine, table: Table, definition: TableDefinition): Promise<Table> {
  if (JSON.stringify(definition) === JSON.stringify(table.definition)) return table;
  if (!sameKeys(table.definition, definition)) {
    throw validationError(`Table ${table.name} exists with other keys; remove it, or the local state, first`);
  }
  const nextId = (): string => engine.nextId();
  const indexes = (definition.GlobalSecondaryIndexes ?? []).map(
    (index) =>
      table.indexes.find((known) => JSON.stringify(known.definition) === JSON.stringify(index)) ??
      newIndex(definition, index, nextId()),
  );
  const changed = { ...withSettings(table, definition, { now: engine.clock(), nextId }), indexes };
  const added = indexes.filter((index) => !table.indexes.includes(index));
  if (added.length > 0 || changed.ttl?.id !== table.ttl?.id) await fill(engine, changed, added);
  await engine.saveTable(changed);
  for (const index of table.indexes) {
    if (!indexes.includes(index)) await engine.store.clear(everything(indexPrefix(index.id)));
  }
  if (table.ttl && table.ttl.id !== changed.ttl?.id) await engine.store.clear(everything(expiryPrefix(table.ttl.id)));
  return changed;
}

/** Within the writer. @throws ValidationException for a protected table */
export async function removeTable(engine: Engine, table: Table): Promise<void> {
  if (table.definition.DeletionProtectionEnabled) {
    throw validationError(
      'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
    );
  }
  // The definition goes first: after a crash in between, what is left belongs to no table, and ids are not reused.
  await engine.dropTable(table);
  const prefixes = [
    itemsPrefix(table.id),
    streamPrefix(table.id),
    ...table.indexes.map((index) => indexPrefix(index.id)),
    ...(table.ttl ? [expiryPrefix(table.ttl.id)] : []),
  ];
  for (const prefix of prefixes) await engine.store.clear(everything(prefix));
}

function sameKeys(a: TableDefinition, b: TableDefinition): boolean {
  const keys = ({ KeySchema, AttributeDefinitions }: TableDefinition): string =>
    JSON.stringify(
      KeySchema.map(({ AttributeName, KeyType }) => [
        AttributeName,
        KeyType,
        AttributeDefinitions.find((definition) => definition.AttributeName === AttributeName)?.AttributeType,
      ]),
    );
  return keys(a) === keys(b);
}

const FILL_BATCH = 1000;

/** Fills new indexes, and the expiry index, under ids that no definition refers to yet. */
async function fill(engine: Engine, table: Table, added: readonly TableIndex[]): Promise<void> {
  const { store } = engine;
  // An id from before a crash may have been given out again, and its part of the store may hold what was left then.
  for (const index of added) await store.clear(everything(indexPrefix(index.id)));
  if (table.ttl) await store.clear(everything(expiryPrefix(table.ttl.id)));
  let writes: WriteOperation[] = [];
  for await (const [, value] of store.entries(everything(itemsPrefix(table.id)))) {
    const item = JSON.parse(value) as Item;
    for (const index of added) {
      const entry = indexEntry(table, index, item);
      if (entry) writes.push(put(storedIndexKey(table, index, entry), JSON.stringify(entry)));
    }
    const expiry = expiryKey(table, item);
    if (expiry !== undefined) writes.push(put(expiry, ''));
    if (writes.length < FILL_BATCH) continue;
    await store.commit(writes);
    writes = [];
  }
  if (writes.length > 0) await store.commit(writes);
}
