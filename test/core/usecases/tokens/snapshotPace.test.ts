import { expect, it } from 'vitest';
import type { GrantStore } from '../../../../core/ports.ts';
import { createMemoryStore } from '../../../../adapters/memory/store.ts';
import { publishSnapshot } from '../../../../core/usecases/tokens/publishSnapshot.ts';

it('looks at many grants that ended side by side, and not at all of them at once', async () => {
  const store = createMemoryStore();
  let now = 0;
  let most = 0;
  const childrenOf: GrantStore['childrenOf'] = async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setImmediate(resolve));
    now--;
    return [];
  };
  await publishSnapshot({
    clock: () => 1_000,
    store: { ...store, childrenOf },
    tokens: {
      ...store,
      async *revoked() {
        yield await Promise.resolve(Array.from({ length: 100 }, (_, index) => ({ grantId: `grt_${index}` })));
      },
    },
    snapshots: store,
    issuerUrl: 'https://writ.example',
    statusListUrl: 'https://writ.example/v1/revocations/snapshot',
    encode: () => '',
    sign: () => Promise.resolve('e30.e30.c2ln'),
  });
  expect(most).toBe(32);
});
