/** One item's change, and all that follows from it in the store: index entries, expiry, the stream record. */
import { attribute, itemSize } from './attribute-value.ts';
import type { Item } from './attribute-value.ts';
import { expiryPrefix, padded, streamPrefix } from './layout.ts';
import type { WriteOperation } from './store.ts';
import { streamRecord } from './stream-record.ts';
import type { StreamRecord, UserIdentity } from './stream-record.ts';
import { indexEntry, itemKeyOf, storedIndexKey, storedItemKey } from './table.ts';
import type { Table, TableIndex } from './table.ts';

export interface ItemChange {
  readonly table: Table;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  /** Who deletes, where it isn't a caller: time to live. */
  readonly userIdentity?: UserIdentity;
}

interface Placed {
  readonly key: string;
  readonly entry: Item;
  readonly text: string;
}

interface IndexChange {
  readonly index: TableIndex;
  readonly before: Placed | undefined;
  readonly after: Placed | undefined;
}

/** The indexes that the change reaches; one whose projected entry stays the same is not written. */
export function indexChanges({ table, before, after }: ItemChange): readonly IndexChange[] {
  const textOf = writer();
  return table.indexes
    .map((index) => ({
      index,
      before: placed(table, index, before, textOf),
      after: placed(table, index, after, textOf),
    }))
    .filter((change) => change.before?.key !== change.after?.key || change.before?.text !== change.after?.text);
}

function placed(
  table: Table,
  index: TableIndex,
  item: Item | undefined,
  textOf: (entry: Item) => string,
): Placed | undefined {
  const entry = item && indexEntry(table, index, item);
  return entry && { key: storedIndexKey(table, index, entry), entry, text: textOf(entry) };
}

/** JSON of items, of each one once: where an index holds whole items, its entry is the item. */
function writer(): (item: Item) => string {
  const written = new Map<Item, string>();
  return (item) => {
    const text = written.get(item) ?? JSON.stringify(item);
    written.set(item, text);
    return text;
  };
}

/** Where time to live will find the item, if it expires at all. */
export function expiryKey(table: Table, item: Item | undefined): string | undefined {
  if (!table.ttl || !item) return undefined;
  const second = Number(attribute(item, table.ttl.attribute)?.N);
  if (!(second > 0 && second <= Number.MAX_SAFE_INTEGER)) return undefined;
  return `${expiryPrefix(table.ttl.id)}${padded(second)}!${itemKeyOf(table, item)}`;
}

/** Time and place of a commit. */
export interface Moment {
  /** Epoch milliseconds. */
  readonly now: number;
  nextSequence(): string;
  /** Told of the record that the change leaves in the table's stream. */
  onRecord(record: StreamRecord): void;
}

/** The writes of a change. Nothing that stays the same is written, so an update to the same value leaves no record. */
export function writesOf(change: ItemChange, moment: Moment): readonly WriteOperation[] {
  const { table, before, after } = change;
  const changes = indexChanges(change);
  const record = streamRecord(change, moment);
  if (record) moment.onRecord(record);
  return [
    ...replace(before && storedItemKey(table, before), after && storedItemKey(table, after), JSON.stringify(after)),
    ...changes.flatMap((index) => replace(index.before?.key, index.after?.key, index.after?.text)),
    ...replace(expiryKey(table, before), expiryKey(table, after), ''),
    ...(record ? [put(streamPrefix(table.id) + record.dynamodb.SequenceNumber, JSON.stringify(record))] : []),
  ];
}

function replace(
  oldKey: string | undefined,
  newKey: string | undefined,
  value: string | undefined,
): readonly WriteOperation[] {
  const gone: WriteOperation[] = oldKey !== undefined && oldKey !== newKey ? [{ type: 'del', key: oldKey }] : [];
  return newKey === undefined || value === undefined ? gone : [...gone, put(newKey, value)];
}

export function put(key: string, value: string): WriteOperation {
  return { type: 'put', key, value };
}

/** By how much a table grows. */
export function growth({ before, after }: ItemChange): { readonly items: number; readonly bytes: number } {
  return {
    items: (after ? 1 : 0) - (before ? 1 : 0),
    bytes: (after ? itemSize(after) : 0) - (before ? itemSize(before) : 0),
  };
}
