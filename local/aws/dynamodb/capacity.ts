/** Consumed capacity. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-mode-on-demand.html */
import { itemSize } from './attribute-value.ts';
import type { Item } from './attribute-value.ts';
import type { ItemChange } from './change.ts';
import { indexChanges } from './change.ts';
import type { ReturnConsumedCapacity } from './request.ts';
import type { Table } from './table.ts';

/** Units by where they were spent. */
export interface Units {
  readonly table: number;
  readonly indexes: Readonly<Record<string, number>>;
}

export const NO_UNITS: Units = { table: 0, indexes: {} };

/** A strongly consistent read costs a unit for each 4 KB, and one for nothing; an eventually consistent one half. */
export function readUnits(size: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(size / 4096)) * (consistent ? 1 : 0.5);
}

function sizeUnits(...items: readonly (Item | undefined)[]): number {
  return Math.max(1, ...items.map((item) => Math.ceil((item ? itemSize(item) : 0) / 1024)));
}

/** A write costs a unit for each KB of the larger of the two items; an index entry that moves is written twice. */
export function writeUnits(change: ItemChange): Units {
  const indexes: Record<string, number> = {};
  for (const { index, before, after } of indexChanges(change)) {
    const moved = before && after && before.key !== after.key;
    indexes[index.definition.IndexName] = moved
      ? sizeUnits(before.entry) + sizeUnits(after.entry)
      : sizeUnits(before?.entry, after?.entry);
  }
  return { table: sizeUnits(change.before, change.after), indexes };
}

export function addUnits(a: Units, b: Units): Units {
  const indexes = { ...a.indexes };
  for (const [name, units] of Object.entries(b.indexes)) indexes[name] = (indexes[name] ?? 0) + units;
  return { table: a.table + b.table, indexes };
}

/** A transaction prepares and commits each item: twice the table's units. Indexes are written after it, once. */
export function inTransaction({ table, indexes }: Units): Units {
  return { table: table * 2, indexes };
}

/** The `ConsumedCapacity` member of an answer, as far as it was asked for; spread it. */
export function consumed(
  asked: ReturnConsumedCapacity | undefined,
  tableName: string,
  units: Units,
): { readonly ConsumedCapacity?: object } {
  const capacity = consumedCapacity(asked, tableName, units);
  return capacity ? { ConsumedCapacity: capacity } : {};
}

export function consumedCapacity(
  asked: ReturnConsumedCapacity | undefined,
  tableName: string,
  { table, indexes }: Units,
): object | undefined {
  if (asked === undefined || asked === 'NONE') return undefined;
  const entries = Object.entries(indexes);
  const total = entries.reduce((sum, [, units]) => sum + units, table);
  if (asked === 'TOTAL') return { TableName: tableName, CapacityUnits: total };
  return {
    TableName: tableName,
    CapacityUnits: total,
    Table: { CapacityUnits: table },
    ...(entries.length > 0 && {
      GlobalSecondaryIndexes: Object.fromEntries(entries.map(([name, units]) => [name, { CapacityUnits: units }])),
    }),
  };
}

/** One entry for each table of a call that names several. */
export class CapacityByTable {
  readonly #tables = new Map<string, { readonly name: string; units: Units }>();

  add(table: Table, givenName: string, units: Units): void {
    const known = this.#tables.get(table.id) ?? { name: givenName, units: NO_UNITS };
    this.#tables.set(table.id, { name: known.name, units: addUnits(known.units, units) });
  }

  answer(asked: ReturnConsumedCapacity | undefined): { readonly ConsumedCapacity?: readonly object[] } {
    if (asked === undefined || asked === 'NONE') return {};
    const list = [...this.#tables.values()].map(({ name, units }) => consumedCapacity(asked, name, units) ?? {});
    return { ConsumedCapacity: list };
  }
}
