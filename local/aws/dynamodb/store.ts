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
  /** All of it or nothing, and there after `kill -9` once the promise resolves. Only within `exclusively`. */
  commit(operations: readonly WriteOperation[]): Promise<void>;
  /** Removes a range from its start on, not atomically. */
  clear(range: KeyRange): Promise<void>;
  close(): Promise<void>;
}

type Level = AbstractLevel<string | Buffer | Uint8Array>;

/**
 * A batch is with the operating system when `commit` resolves, so it survives the end of this process however it comes.
 * It is not flushed to the disk: a power cut may lose the last writes, in order and never by half. A flush would cost
 * most of a call's time, and what is here is make-believe.
 *
 * @throws the error of LevelDB, for example where another process holds `directory` (code `LEVEL_DATABASE_NOT_OPEN`)
 */
export async function openStore(directory: string | undefined): Promise<Store> {
  const level: Level = directory === undefined ? new MemoryLevel() : new ClassicLevel(directory);
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
    commit: (operations) => level.batch([...operations]),
    clear: (range) => level.clear(range),
    async close() {
      await lastWriter;
      await level.close();
    },
  };
}
