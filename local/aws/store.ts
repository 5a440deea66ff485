/**
 * Where the local AWS keeps what must outlive it.
 *
 * Everything is in memory, so reads are immediate; a write is durable once its promise resolves, also against
 * `kill -9`. Values are JSON and are never changed in place: whoever owns a key replaces its value.
 */
import { chmod, mkdir } from 'node:fs/promises';
import { ClassicLevel } from 'classic-level';

export interface StateStore {
  get(key: string): unknown;
  /** Keys and values whose key starts with `prefix`, in key order. */
  entries(prefix: string): readonly (readonly [key: string, value: unknown])[];
  /** Writes all keys or none; `undefined` deletes. Readers see the change at once. Nothing to write is done at once. */
  write(changes: Readonly<Record<string, unknown>>): Promise<void>;
  close(): Promise<void>;
}

/** Puts (or, for `undefined`, deletes) all of the entries at once, durably. */
export type Batch = (entries: readonly (readonly [key: string, value: unknown])[]) => Promise<void>;

/** A store for tests: it forgets. */
export function memoryStore(): StateStore {
  return storeOver(
    new Map(),
    async () => {},
    async () => {},
  );
}

/**
 * A store in `directory`, on LevelDB with a flush for each write. The directory is its owner's alone: private keys are
 * in it. @throws {Error} if it can't be written, or another process has it open
 */
export async function levelStore(directory: string): Promise<StateStore> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
  const db = new ClassicLevel<string, unknown>(directory, { valueEncoding: 'json' });
  await db.open();
  const batch: Batch = (entries) => {
    const operations = entries.map(([key, value]) =>
      value === undefined ? { type: 'del' as const, key } : { type: 'put' as const, key, value },
    );
    return db.batch(operations, { sync: true });
  };
  return storeOver(new Map(await db.iterator().all()), batch, () => db.close());
}

/**
 * A store over `batch`, which is called once at a time: two at once could reach the disk in the wrong order. What comes
 * in meanwhile goes out together. After a failed batch every write fails, for memory is ahead of the disk then.
 */
export function storeOver(values: Map<string, unknown>, batch: Batch, close: () => Promise<void>): StateStore {
  let waiting = new Map<string, unknown>();
  let next: Promise<void> | undefined;
  let last = Promise.resolve();

  async function flush(before: Promise<void>): Promise<void> {
    await before;
    const entries = [...waiting];
    waiting = new Map();
    next = undefined;
    await batch(entries);
  }

  return {
    get: (key) => values.get(key),
    entries: (prefix) =>
      [...values].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
    async write(changes) {
      const entries = Object.entries(changes);
      // An empty batch would be flushed to the disk all the same.
      if (entries.length === 0) return;
      for (const [key, value] of entries) {
        waiting.set(key, value);
        if (value === undefined) values.delete(key);
        else values.set(key, value);
      }
      last = next ??= flush(last);
      await last;
    },
    async close() {
      await last;
      await close();
    },
  };
}
