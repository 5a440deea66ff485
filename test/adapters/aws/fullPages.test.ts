/** DynamoDB ends a page at 1 MB, whatever the limit: then there is more, and it must be read. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toDenyItem } from '../../../adapters/aws/denyItem.ts';
import { createDynamoGrantStore } from '../../../adapters/aws/dynamoGrantStore.ts';
import { toGrantItem } from '../../../adapters/aws/grantItem.ts';
import type { Item } from '../../../adapters/aws/item.ts';
import { denyOf, newGrant } from '../samples.ts';
import type { LocalTables } from './tables.ts';
import { AT_ONCE, startTables } from './tables.ts';

let tables: LocalTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

const PADDING: Item = { padding: { S: 'x'.repeat(300_000) } };

async function storeWith(items: readonly Item[]) {
  const names = await tables.fresh();
  for (const item of items) {
    await tables.client.send(new PutItemCommand({ TableName: names.grantsTable, Item: { ...item, ...PADDING } }));
  }
  tables.calls.length = 0;
  return createDynamoGrantStore({ client: tables.client, ...AT_ONCE, ...names });
}

test('no deny is left out (I16)', async () => {
  const grants = Array.from({ length: 8 }, () => newGrant());
  const store = await storeWith(grants.map((grant) => toDenyItem(denyOf(grant))));
  const denies = await store.denies(denyOf(newGrant()).roleArn);
  expect(tables.calls.length).toBeGreaterThan(1);
  expect(new Set(denies.map((deny) => deny.grantId))).toEqual(new Set(grants.map((grant) => grant.id)));
});

test('a page of grants that ends early has a cursor', async () => {
  const grants = Array.from({ length: 8 }, (_, i) => newGrant({ requestedAt: i }));
  const store = await storeWith(grants.map(toGrantItem));
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.listByBucket('live', { limit: 100, ...(cursor !== undefined && { cursor }) });
    expect(page.items.length).toBeLessThan(8);
    seen.push(...page.items.map((grant) => grant.id));
    cursor = page.cursor;
  } while (cursor !== undefined);
  expect(seen).toEqual(grants.map((grant) => grant.id).reverse());
});
