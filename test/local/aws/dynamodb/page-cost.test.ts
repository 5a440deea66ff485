import { afterEach, expect, it } from 'vitest';
import { Engine } from '../../../../local/aws/dynamodb/engine.ts';
import { queryOperation } from '../../../../local/aws/dynamodb/query.ts';
import { openStore } from '../../../../local/aws/dynamodb/store.ts';
import type { Entry, Store } from '../../../../local/aws/dynamodb/store.ts';
import { addTable } from '../../../../local/aws/dynamodb/table-lifecycle.ts';
import { BROKER, callOf, ORDERS, REGION, START } from './harness.ts';

let store: Store | undefined;
afterEach(() => store?.close());

it.each([
  ['table', 100],
  ['table', 10_000],
  ['index', 100],
  ['index', 10_000],
])('a page of a %s reads the page, among %i items', async (source, size) => {
  const counted = { reads: 0 };
  const opened = await openStore(undefined);
  store = opened;
  const counting: Store = {
    ...opened,
    get(key) {
      counted.reads += 1;
      return opened.get(key);
    },
    async *entries(range, options): AsyncGenerator<Entry> {
      for await (const entry of opened.entries(range, options)) {
        counted.reads += 1;
        yield entry;
      }
    },
  };
  const engine = await Engine.load({ store: counting, clock: () => START });
  const table = await addTable(engine, { accountId: BROKER, region: REGION, name: 'orders' }, ORDERS);
  const items = Array.from({ length: size }, (_, i) => ({
    customer: { S: `C-${i % 10}` },
    order: { S: String(i).padStart(6, '0') },
    status: { S: i % 2 === 0 ? 'open' : 'done' },
    total: { N: String(i) },
  }));
  await engine.commit(items.map((after) => ({ table, before: undefined, after })));
  const condition =
    source === 'table'
      ? {
          KeyConditionExpression: '#k = :k',
          ExpressionAttributeNames: { '#k': 'customer' },
          ExpressionAttributeValues: { ':k': { S: 'C-4' } },
        }
      : {
          IndexName: 'byStatus',
          KeyConditionExpression: '#k = :k',
          ExpressionAttributeNames: { '#k': 'status' },
          ExpressionAttributeValues: { ':k': { S: 'open' } },
        };
  counted.reads = 0;
  const query = queryOperation(engine, undefined);
  const first = {
    TableName: 'orders',
    ...condition,
    Limit: 5,
    ScanIndexForward: false,
    ReturnConsumedCapacity: 'TOTAL',
  };
  const page = (await query.handle(first, callOf(BROKER))) as { Count: number; LastEvaluatedKey: object };
  expect(page).toMatchObject({ Count: 5, ConsumedCapacity: { CapacityUnits: 0.5 } });
  await query.handle({ ...first, ExclusiveStartKey: page.LastEvaluatedKey }, callOf(BROKER));
  expect(counted.reads).toBe(10);
});
