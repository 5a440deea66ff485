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
  /** Writes all keys or none; `undefined` deletes. Readers see the change at once. */
  write(changes: Readonly<Record<string, unknown>>): Promise<void>;
  close(): Promise<void>;
}

/** A store for tests: it forgets. */
export function memoryStore(): StateStore {
  const values = new Map<string, unknown>();
  return storeOver(
    values,
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
  const values = new Map<string, unknown>(await db.iterator().all());
  return storeOver(
    values,
    async (changes) => {
      const operations = changes.map(([key, value]) =>
        value === undefined ? { type: 'del' as const, key } : { type: 'put' as const, key, value },
      );
      await db.batch(operations, { sync: true });
    },
    () => db.close(),
  );
}

function storeOver(
  values: Map<string, unknown>,
  persist: (changes: readonly (readonly [string, unknown])[]) => Promise<void>,
  close: () => Promise<void>,
): StateStore {
  return {
    get: (key) => values.get(key),
    entries: (prefix) =>
      [...values].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
    async write(changes) {
      const list = Object.entries(changes);
      for (const [key, value] of list) {
        if (value === undefined) values.delete(key);
        else values.set(key, value);
      }
      await persist(list);
    },
    close,
  };
}
