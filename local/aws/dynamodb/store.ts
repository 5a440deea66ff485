/**
 * One ordered key-value store under all tables: LevelDB in a directory, or in memory for tests.
 *
 * Reads are synchronous: an item is two microseconds away, less than a turn of the event loop. Writers take turns, so
 * a writer sees all that was committed before it, and its batch is all or nothing.
 */
import type { AbstractLevel } from 'abstract-level';
import { ClassicLevel } from 'classic-level';
import { MemoryLevel } from 'memory-level';
import type { KeyRange } from './layout.ts';

export type WriteOperation =
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'del'; readonly key: string };

export interface PageOptions {
  readonly limit: number;
  readonly reverse?: boolean;
}

export type Entry = [key: string, value: string];

export interface Store {
  get(key: string): string | undefined;
  /** Values as they were at one moment, whatever is committed meanwhile. */
  getTogether(keys: readonly string[]): Promise<readonly (string | undefined)[]>;
  /** Entries in key order, read as they are asked for. */
  entries(range: KeyRange, options?: PageOptions): AsyncIterable<Entry>;
  /** Runs `work` after all writers before it and before all after it. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** All of it or nothing, flushed to the disk when the promise resolves. Only within `exclusively`. */
  commit(operations: readonly WriteOperation[]): Promise<void>;
  /** Removes a range, not atomically: only for what no definition refers to. */
  clear(range: KeyRange): Promise<void>;
  close(): Promise<void>;
}

type Level = AbstractLevel<string | Buffer | Uint8Array>;
type Batch = (operations: WriteOperation[]) => Promise<void>;

/** @throws the error of LevelDB, for example where another process holds `directory` (code `LEVEL_DATABASE_NOT_OPEN`) */
export async function openStore(directory: string | undefined): Promise<Store> {
  if (directory === undefined) {
    const level = new MemoryLevel();
    return storeOver(level, (operations) => level.batch(operations));
  }
  const level = new ClassicLevel(directory);
  return storeOver(level, (operations) => level.batch(operations, { sync: true }));
}

async function storeOver(level: Level, batch: Batch): Promise<Store> {
  await level.open();
  let lastWriter: Promise<unknown> = Promise.resolve();
  return {
    get: (key) => level.getSync(key),
    async getTogether(keys) {
      const snapshot = level.snapshot();
      try {
        return keys.map((key) => level.getSync<string, string>(key, { snapshot }));
      } finally {
        await snapshot.close();
      }
    },
    entries: (range, options) => level.iterator({ ...range, ...options }),
    exclusively(work) {
      const run = lastWriter.then(work);
      // The writer's own caller sees its error; the next writer only needs to know that it has ended.
      lastWriter = run.catch(() => undefined);
      return run;
    },
    commit: (operations) => batch([...operations]),
    clear: (range) => level.clear(range),
    async close() {
      await lastWriter;
      await level.close();
    },
  };
}
