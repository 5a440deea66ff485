/** What issuing, using and introspecting a token costs in calls and items, and how it is read. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stores } from '../../../adapters/memory/store.ts';
import { NOW } from '../../core/fixtures.ts';
import { all, eventOf } from '../samples.ts';
import { familyOf, issuing, markOf, tokenGrant, tokenOf, using } from '../tokenStore/samples.ts';
import { born, withLineage, withToken } from '../tokenStore/setup.ts';
import { freshStores, storesOver } from './stores.ts';
import type { LocalTables } from './tables.ts';
import { startTables } from './tables.ts';

let tables: LocalTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const open = () => freshStores(tables);

/** The inputs of all calls that `work` makes. */
async function inputsOf(work: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
  const inputs: Record<string, unknown>[] = [];
  const name = 'noteInputs';
  tables.client.middlewareStack.add(
    (next) => (call) => {
      inputs.push({ ...call.input });
      return next(call);
    },
    { step: 'initialize', name },
  );
  try {
    await work();
  } finally {
    tables.client.middlewareStack.remove(name);
  }
  return inputs;
}

/** The items of one transaction, which is the only call that `work` makes. */
async function itemsOf(work: () => Promise<unknown>): Promise<number> {
  const inputs = await inputsOf(work);
  expect(inputs).toHaveLength(1);
  const items = inputs[0]?.['TransactItems'];
  return Array.isArray(items) ? items.length : 0;
}

describe('one transaction', () => {
  test('issues a token: leaf, guard, entry, token; a proof, an assertion and a family are one more each', async () => {
    const { store, grant } = await withToken(open);
    expect(await itemsOf(() => store.issueToken(issuing(grant)))).toBe(4);
    const marks = [markOf('dpop'), markOf('assertion')];
    const family = { from: undefined, to: familyOf(grant) };
    expect(await itemsOf(() => store.issueToken(issuing(grant, { marks, family })))).toBe(7);
  });

  test('issues a token of a grant that was lent on: one guard more for each above it', async () => {
    const { store, leaf } = await withLineage(open);
    expect(await itemsOf(() => store.issueToken(issuing(leaf)))).toBe(6);
  });

  test('spends a use: leaf, request, token, guard; each grant that counts is one more', async () => {
    const { store, grant, token } = await withToken(open);
    expect(await itemsOf(() => store.consume(using(grant, token)))).toBe(4);
    const counted = [{ grantId: grant.id, maxUses: 5 }];
    expect(await itemsOf(() => store.consume(using(grant, token, { counted })))).toBe(5);
  });

  test('exchanges a token: a sign more for each that it comes of', async () => {
    const { store, grant, token } = await withToken(open);
    const next = tokenOf(grant, { origins: [token.jti, 'tok_before'] });
    expect(await itemsOf(() => store.issueToken(issuing(grant, { token: next })))).toBe(6);
  });

  test('revokes a token: leaf, token, the eight signs of its end, what the list is made of', async () => {
    const { store, grant, token } = await withToken(open);
    expect(await itemsOf(() => store.revokeToken(token, NOW, eventOf(grant, 'token.revoked')))).toBe(11);
  });
});

test('issuings of one grant touch no item together but for a guard, of which each takes one by chance', async () => {
  const names = await tables.fresh();
  let chance = 0;
  const store = storesOver(tables, names, undefined, () => (chance = (chance + 0.37) % 1));
  const grant = await born(store, tokenGrant());
  const inputs = await inputsOf(async () => {
    for (let made = 0; made < 40; made++) await store.issueToken(issuing(grant, { marks: [markOf()] }));
  });
  expect(keysShared(inputs)).toEqual(eight((guard) => `GRANT#${grant.id} GUARD#${guard}`));
});

test('exchanges of one token touch no item together but for a guard and a sign of its end, of which each takes one by chance', async () => {
  const names = await tables.fresh();
  let chance = 0;
  const store = storesOver(tables, names, undefined, () => (chance = (chance + 0.37) % 1));
  const grant = await born(store, tokenGrant());
  const { token } = issuing(grant);
  await store.issueToken(issuing(grant, { token }));
  const inputs = await inputsOf(async () => {
    for (let made = 0; made < 40; made++) {
      await store.issueToken(issuing(grant, { token: tokenOf(grant, { origins: [token.jti] }) }));
    }
  });
  expect(keysShared(inputs)).toEqual([
    ...eight((guard) => `GRANT#${grant.id} GUARD#${guard}`),
    ...eight((sign) => `TOKENS#${grant.id} ENDED#${token.jti}#${sign}`),
  ]);
});

const eight = (name: (index: number) => string): string[] => Array.from({ length: 8 }, (_, index) => name(index));

function keysShared(inputs: readonly Record<string, unknown>[]): string[] {
  const keys = inputs.flatMap(({ TransactItems }) => (TransactItems as object[]).map(keyOf));
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > 1)
    .map(([key]) => key)
    .sort();
}

function keyOf(action: object): string {
  const [write] = Object.values(action) as { Item?: Key; Key?: Key }[];
  const { pk, sk } = write?.Item ?? write?.Key ?? {};
  return `${pk?.S ?? '?'} ${sk?.S ?? '?'}`;
}

interface Key {
  readonly pk?: { readonly S?: string };
  readonly sk?: { readonly S?: string };
}

describe('reading a token’s state', () => {
  async function scene(): Promise<{ store: Stores; jti: string; lineage: string[]; expected: unknown }> {
    const { store, root, middle, leaf } = await withLineage(open);
    const change = issuing(leaf);
    await store.issueToken(change);
    const lineage = [root.id, middle.id, leaf.id];
    return { store, jti: change.token.jti, lineage, expected: { token: change.token, grants: [root, middle, leaf] } };
  }

  test('is one call, strongly consistent, however long the lineage', async () => {
    const { store, jti, lineage } = await scene();
    const inputs = await inputsOf(() => store.tokenState(jti, lineage));
    expect(inputs).toHaveLength(1);
    expect(Object.values(inputs[0]?.['RequestItems'] ?? {})).toEqual([
      expect.objectContaining({ ConsistentRead: true, Keys: expect.objectContaining({ length: 4 }) as unknown }),
    ]);
  });

  /** Answers the first `times` calls with one item alone. */
  function leaveUndone(times: number): void {
    let left = times;
    tables.client.middlewareStack.add(
      (next) => async (call) => {
        const [request] = Object.entries(
          ('RequestItems' in call.input ? (call.input.RequestItems ?? {}) : {}) as Record<string, { Keys: unknown[] }>,
        );
        if (!request || left === 0) return next(call);
        left -= 1;
        const [table, asked] = request;
        const [first, ...rest] = asked.Keys;
        const input = { ...call.input, RequestItems: { [table]: { ...asked, Keys: [first] } } } as typeof call.input;
        const answer = await next({ ...call, input });
        const undone = rest.length > 0 ? { [table]: { ...asked, Keys: rest } } : {};
        return { ...answer, output: { ...answer.output, UnprocessedKeys: undone } };
      },
      { step: 'initialize', name: 'leaveUndone' },
    );
  }

  test('goes on with what DynamoDB left undone', async () => {
    const { store, jti, lineage, expected } = await scene();
    leaveUndone(2);
    const state = await store.tokenState(jti, lineage);
    tables.client.middlewareStack.remove('leaveUndone');
    expect(state).toEqual(expected);
  });

  test('rejects when DynamoDB leaves something undone for good, rather than take it for gone', async () => {
    const { store, jti, lineage } = await scene();
    const many = [...lineage.slice(0, -1), ...Array.from({ length: 12 }, (_, index) => `grt_${index}`), 'grt_last'];
    leaveUndone(99);
    const state = store.tokenState(jti, many);
    await expect(state).rejects.toThrow('DynamoDB left a part of the batch undone');
    tables.client.middlewareStack.remove('leaveUndone');
  });
});

test('what decides is read consistently', async () => {
  const { store, grant } = await withToken(open);
  const inputs = await inputsOf(async () => {
    await store.familyById('rtf_1');
    await all(store.tokensOf(grant.id, NOW));
    await store.childrenOf(grant.id);
    await all(store.revoked(NOW));
    await store.readRing();
    await store.readSnapshot();
  });
  expect(inputs.map(({ ConsistentRead }) => ConsistentRead)).toEqual(Array<boolean>(9).fill(true));
});

test('a request is counted by one write', async () => {
  const { store } = await open();
  tables.calls.length = 0;
  await store.countRequest('client#ci', NOW);
  expect(tables.calls.map((call) => call.replace(/ .*/, ''))).toEqual(['UpdateItem']);
});
