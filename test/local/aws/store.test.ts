import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memoryStore, storeOver } from '../../../local/aws/store.ts';
import type { Batch } from '../../../local/aws/store.ts';

/** A disk that takes the turns that `delays` say for each batch. */
function slowDisk(delays: readonly number[]) {
  const disk = new Map<string, unknown>();
  let batches = 0;
  const batch: Batch = async (entries) => {
    const turns = delays[batches++ % delays.length] ?? 0;
    for (let i = 0; i < turns; i++) await Promise.resolve();
    for (const [key, value] of entries) {
      if (value === undefined) disk.delete(key);
      else disk.set(key, value);
    }
  };
  return { disk, batch, batches: () => batches };
}

test('whatever the disk’s pace, the last write of a key is what stays', async () => {
  const change = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.option(fc.nat(), { nil: undefined }));
  await fc.assert(
    fc.asyncProperty(fc.array(change), fc.array(fc.nat({ max: 5 }), { minLength: 1 }), async (changes, delays) => {
      const { disk, batch } = slowDisk(delays);
      const values = new Map<string, unknown>();
      const store = storeOver(values, batch, async () => {});
      for (const [index, each] of changes.entries()) {
        const written = store.write(each);
        if (index % 3 === 0) await written; // Some wait, some don't.
      }
      await store.close();
      expect(new Map([...disk].sort())).toEqual(new Map([...values].sort()));
    }),
  );
});

test('a write is on the disk when its promise resolves, and waiting ones go out together', async () => {
  const { disk, batch, batches } = slowDisk([3]);
  const store = storeOver(new Map(), batch, async () => {});
  await Promise.all([store.write({ a: 1 }), store.write({ a: 2 }), store.write({ b: 3 })]);
  expect(Object.fromEntries(disk)).toEqual({ a: 2, b: 3 });
  expect(batches()).toBeLessThan(3);
});

test('a write of nothing is done at once, and costs the disk nothing', async () => {
  const { batch, batches } = slowDisk([3]);
  const store = storeOver(new Map(), batch, async () => {});
  await store.write({});
  expect(batches()).toBe(0);
});

test('after a write that failed every write fails', async () => {
  let broken = true;
  const store = storeOver(
    new Map(),
    async () => {
      if (broken) throw new Error('disk full');
    },
    async () => {},
  );
  await expect(store.write({ a: 1 })).rejects.toThrow('disk full');
  broken = false;
  await expect(store.write({ a: 2 })).rejects.toThrow('disk full');
});

test('entries come by prefix, in key order', async () => {
  const store = memoryStore();
  await store.write({ 'b/2': 2, 'a/9': 9, 'b/1': 1, b: 0 });
  expect(store.entries('b/')).toEqual([
    ['b/1', 1],
    ['b/2', 2],
  ]);
  expect(store.get('a/9')).toBe(9);
  await store.write({ 'b/1': undefined });
  expect(store.entries('b/')).toEqual([['b/2', 2]]);
});
