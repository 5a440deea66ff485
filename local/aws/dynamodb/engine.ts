/** The tables and the one writer over them: what all operations work with. */
import type { Call } from '../service.ts';
import type { Item } from './attribute-value.ts';
import { growth, put, writesOf } from './change.ts';
import type { ItemChange } from './change.ts';
import { tableNotFound } from './errors.ts';
import { countKey, COUNTERS, everything, tableKey } from './layout.ts';
import type { Store, WriteOperation } from './store.ts';
import type { StreamRecord } from './stream-record.ts';
import { openTail } from './stream-tail.ts';
import type { StreamTail } from './stream-tail.ts';
import { storedItemKey } from './table.ts';
import type { Table } from './table.ts';
import type { TableName } from './validate.ts';

export interface TableCount {
  readonly items: number;
  readonly bytes: number;
}

/** A table's full name. */
export interface TablePlace {
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
}

export interface EngineOptions {
  readonly store: Store;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly onStreamRecords?: ((streamArn: string) => void) | undefined;
}

const NOTHING: TableCount = { items: 0, bytes: 0 };

/** Where a table of this name is, for this caller: in the caller's account unless an ARN says otherwise. */
export function placeOf(table: TableName, call: Call): TablePlace {
  return {
    accountId: table.accountId ?? call.caller.accountId,
    region: table.region ?? call.region,
    name: table.name,
  };
}

export class Engine {
  readonly store: Store;
  readonly clock: () => number;
  readonly #onStreamRecords: ((streamArn: string) => void) | undefined;
  readonly #tables = new Map<string, Table>();
  readonly #counts = new Map<string, TableCount>();
  readonly #tails = new Map<string, StreamTail>();
  #sequence = 0;
  #loadedSequence = sequenceNumber(0);
  #id = 0;

  private constructor(options: EngineOptions) {
    this.store = options.store;
    this.clock = options.clock;
    this.#onStreamRecords = options.onStreamRecords;
  }

  static async load(options: EngineOptions): Promise<Engine> {
    const engine = new Engine(options);
    const { store } = options;
    engine.#sequence = Number(store.get(COUNTERS.sequence) ?? 0);
    engine.#loadedSequence = engine.lastSequence();
    engine.#id = Number(store.get(COUNTERS.id) ?? 0);
    for await (const [key, value] of store.entries(everything('t!'))) {
      const table = JSON.parse(value) as Table;
      engine.#tables.set(key, table);
      const count = store.get(countKey(table.id));
      if (count !== undefined) engine.#counts.set(table.id, JSON.parse(count) as TableCount);
    }
    return engine;
  }

  tables(): readonly Table[] {
    return [...this.#tables.values()];
  }

  find({ accountId, region, name }: TablePlace): Table | undefined {
    return this.#tables.get(tableKey(accountId, region, name));
  }

  /** @throws ResourceNotFoundException */
  table(name: TableName, call: Call): Table {
    const table = this.find(placeOf(name, call));
    if (!table) throw tableNotFound();
    return table;
  }

  count(table: Table): TableCount {
    return this.#counts.get(table.id) ?? NOTHING;
  }

  /** The item with this primary key, as committed. */
  item(table: Table, key: Item): Item | undefined {
    const value = this.store.get(storedItemKey(table, key));
    return value === undefined ? undefined : (JSON.parse(value) as Item);
  }

  /** The highest sequence number that any stream record has. */
  lastSequence(): string {
    return sequenceNumber(this.#sequence);
  }

  /** The newest records of a stream. */
  tail(arn: string): StreamTail {
    const tail = this.#tails.get(arn) ?? openTail(this.#loadedSequence);
    this.#tails.set(arn, tail);
    return tail;
  }

  /** A name for a part of the key space that nothing has used. Within the writer; kept by the next `saveTable`. */
  nextId(): string {
    this.#id += 1;
    return String(this.#id);
  }

  /**
   * Commits all changes, and `more`, in one batch. Within the writer.
   *
   * A change is of one item, and no two changes are of the same item.
   */
  async commit(changes: readonly ItemChange[], more: readonly WriteOperation[] = []): Promise<void> {
    const counts = new Map<string, TableCount>();
    const recorded = new Map<string, StreamRecord[]>();
    const operations: WriteOperation[] = [];
    const before = this.#sequence;
    const nextSequence = (): string => sequenceNumber((this.#sequence += 1));
    for (const change of changes) {
      const { table } = change;
      const onRecord = (record: StreamRecord): void => {
        const arn = record.eventSourceARN;
        recorded.set(arn, [...(recorded.get(arn) ?? []), record]);
      };
      operations.push(...writesOf(change, { now: this.clock(), nextSequence, onRecord }));
      const { items, bytes } = counts.get(table.id) ?? this.count(table);
      const grown = growth(change);
      counts.set(table.id, { items: items + grown.items, bytes: bytes + grown.bytes });
    }
    for (const [id, count] of counts) operations.push(put(countKey(id), JSON.stringify(count)));
    if (this.#sequence > before) operations.push(put(COUNTERS.sequence, String(this.#sequence)));
    operations.push(...more);
    if (operations.length === 0) return;
    await this.store.commit(operations).catch((error: unknown) => {
      // What of it is on the disk is not known, so no tail is complete up to here.
      this.#tails.clear();
      this.#loadedSequence = this.lastSequence();
      throw error;
    });
    for (const [id, count] of counts) this.#counts.set(id, count);
    for (const [arn, records] of recorded) {
      this.tail(arn).add(records);
      this.#onStreamRecords?.(arn);
    }
  }

  /** Writes a definition; from here on calls see it. Within the writer. */
  async saveTable(table: Table): Promise<void> {
    const key = tableKey(table.accountId, table.region, table.name);
    await this.store.commit([put(key, JSON.stringify(table)), put(COUNTERS.id, String(this.#id))]);
    this.#tables.set(key, table);
  }

  /** Forgets a definition; what it owned in the store is the caller's to clear. Within the writer. */
  async dropTable(table: Table): Promise<void> {
    const key = tableKey(table.accountId, table.region, table.name);
    await this.store.commit([
      { type: 'del', key },
      { type: 'del', key: countKey(table.id) },
    ]);
    this.#tables.delete(key);
    this.#counts.delete(table.id);
  }
}

/** 21 digits, as DynamoDB's are at least: their order as text is their order in time. */
function sequenceNumber(sequence: number): string {
  return `1${String(sequence).padStart(20, '0')}`;
}
