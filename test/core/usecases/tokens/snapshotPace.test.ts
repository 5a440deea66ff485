import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../../adapters/memory/store.ts';
import { publishSnapshot } from '../../../../core/usecases/tokens/publishSnapshot.ts';
import { grantIn, NOW } from '../../fixtures.ts';

/** A page of grants that ended, or were narrowed once, and how what was lent on from each goes on below it. */
interface Forest {
  readonly roots: number;
  readonly children: number;
  readonly depth: number;
  readonly narrowings?: number;
}

/** Publishes the snapshot of such a forest: how many reads there were, and how many were under way at a time. */
async function readsOf({ roots, children, depth, narrowings }: Forest) {
  const memory = createMemoryStore();
  let now = 0;
  const seen = { most: 0, reads: 0 };
  async function read<T>(answer: T): Promise<T> {
    seen.most = Math.max(seen.most, ++now);
    seen.reads++;
    await new Promise((resolve) => setImmediate(resolve));
    now--;
    return answer;
  }
  const idsBelow = (id: string) =>
    id.split('.').length > depth ? [] : Array.from({ length: children }, (_, index) => `${id}.${index}`);
  await publishSnapshot({
    clock: () => NOW,
    store: {
      get: () => read(grantIn({ status: 'active', activatedAt: NOW, expiresAt: NOW + 1 })),
      childrenOf: (id) => read(idsBelow(id)),
    },
    tokens: {
      ...memory,
      async *revoked() {
        for (const half of ['a', 'b']) {
          const ids = Array.from({ length: roots / 2 }, (_, index) => `grt_${half}${index}`);
          yield await read(ids.map((grantId) => ({ grantId, ...(narrowings !== undefined && { narrowings }) })));
        }
      },
      async *tokensOf() {
        for (let page = 0; page < 2; page++) yield await read([]);
      },
    },
    snapshots: memory,
    issuerUrl: 'https://writ.example',
    statusListUrl: 'https://writ.example/v1/revocations/snapshot',
    encode: () => '',
    sign: () => Promise.resolve('e30.e30.c2ln'),
  });
  return seen;
}

describe('the reads of a snapshot are made side by side, and never more than 32 of them', () => {
  it('where many grants ended', async () => {
    expect(await readsOf({ roots: 100, children: 0, depth: 0 })).toEqual({ most: 32, reads: 2 + 100 * 3 });
  });

  it('where each was lent on far and wide', async () => {
    // 10 roots, 100 below them, and 1000 below those.
    expect(await readsOf({ roots: 10, children: 10, depth: 2 })).toEqual({ most: 32, reads: 2 + 1110 * 3 });
  });

  it('where it has to be seen what each was lent on from', async () => {
    const reads = 2 + 4 * 3 + 200 * (1 + 3) + 10_000 * 3;
    expect(await readsOf({ roots: 4, children: 50, depth: 2, narrowings: 1 })).toEqual({ most: 32, reads });
  });
});
