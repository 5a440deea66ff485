import { DeleteItemCommand, DynamoDBClient, GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDynamoDb } from '../../../local/aws/dynamodb/dynamodb.ts';
import type { DynamoDb } from '../../../local/aws/dynamodb/dynamodb.ts';
import { memoryStore } from '../../../local/aws/store.ts';
import { seedSamples } from '../../../local/samples/seed.ts';
import { SAMPLE_TABLES, SHOP_ACCOUNT } from '../../../local/samples/tables.ts';
import { startLocalAws } from '../aws/harness.ts';
import type { Harness } from '../aws/harness.ts';

let harness: Harness;
let dynamodb: DynamoDb;
let shop: DynamoDBClient;
const store = memoryStore();
const TABLES = SAMPLE_TABLES.filter((table) => table.accountId === SHOP_ACCOUNT);

beforeEach(async () => {
  dynamodb = await createDynamoDb({ clock: () => harness.now });
  harness = await startLocalAws({ services: [dynamodb] });
  shop = new DynamoDBClient(harness.client(harness.aws.bootstrap.rootCredentials(SHOP_ACCOUNT)));
});
afterEach(() => harness.stop());

const seed = (): Promise<void> =>
  seedSamples({
    tables: TABLES,
    region: 'us-east-1',
    awsEndpointUrl: harness.url,
    dynamodb,
    bootstrap: harness.aws.bootstrap,
    store,
  });

describe('sample tables', () => {
  it('are filled once: what people do with them afterwards stays', async () => {
    await seed();
    for (const table of TABLES) {
      const { Count } = await shop.send(new ScanCommand({ TableName: table.name }));
      expect(Count).toBe(table.items.length);
    }
    const Key = { customer: { S: 'C-42' }, order: { S: 'O-2026-03-011' } };
    const name = { TableName: 'orders', Key };
    expect((await shop.send(new GetItemCommand(name))).Item).toMatchObject({ ...Key, name: { S: 'Mara Lindqvist' } });
    await shop.send(new DeleteItemCommand(name));
    await seed();
    expect((await shop.send(new GetItemCommand(name))).Item).toBeUndefined();
  });

  it('hold several customers, and every key once', () => {
    for (const { items, partitionKey, sortKey } of SAMPLE_TABLES) {
      const customers = new Set(items.map((item) => item[partitionKey]));
      expect([...customers]).toEqual(expect.arrayContaining(['C-42', 'C-43']));
      expect(new Set(items.map((item) => `${item[partitionKey]} ${item[sortKey]}`)).size).toBe(items.length);
    }
  });
});
