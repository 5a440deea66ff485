/** On LevelDB, whose commits happen beside the thread that reads. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openStore } from '../../../../local/aws/dynamodb/store.ts';
import type { Store } from '../../../../local/aws/dynamodb/store.ts';
import { temporaryDirectory } from './harness.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let store: Store;
beforeEach(async () => {
  directory = await temporaryDirectory();
  store = await openStore(directory.path);
});
afterEach(async () => {
  await store.close();
  await directory.remove();
});

const set = (keys: readonly string[], value: number): Promise<void> =>
  store.commit(keys.map((key) => ({ type: 'put', key, value: String(value) })));

it('writers take turns', async () => {
  await set(['n'], 0);
  const increment = (): Promise<void> =>
    store.exclusively(async () => {
      await set(['n'], Number(store.get('n')) + 1);
    });
  await Promise.all(Array.from({ length: 100 }, increment));
  expect(store.get('n')).toBe('100');
});

it('a writer that fails keeps nobody waiting', async () => {
  const failing = store.exclusively(async () => {
    throw new Error('refused');
  });
  const next = store.exclusively(() => set(['n'], 1));
  await expect(failing).rejects.toThrow('refused');
  await next;
  expect(store.get('n')).toBe('1');
});

it('values read together are of one moment', async () => {
  const keys = Array.from({ length: 1000 }, (_, i) => `k${i}`);
  await set(keys, 0);
  for (let n = 1; n <= 100; n += 1) {
    const written = store.exclusively(() => set(keys, n));
    // By now the commit is on its way, on another thread.
    await new Promise<void>((resolve) => {
      process.nextTick(resolve);
    });
    const values = await store.getTogether(keys);
    expect(new Set(values).size).toBe(1);
    await written;
  }
});

it('a closing store lets the last writer finish', async () => {
  const written = store.exclusively(() => set(['n'], 1));
  await store.close();
  await written;
  store = await openStore(directory.path);
  expect(store.get('n')).toBe('1');
});
