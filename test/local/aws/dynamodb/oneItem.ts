import { DeleteItemCommand, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { AttributeValue, DynamoDBClient, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { BROKER, ORDERS, REGION, startDynamoDb } from './harness.ts';
import type { Harness } from './harness.ts';

export type Item = Record<string, AttributeValue>;

export const KEY: Item = { customer: { S: 'C-42' }, order: { S: 'O-1' } };

/** A local DynamoDB for the tests of a file, and what is at one key of it: nothing when a test begins. */
export function oneItem() {
  let dynamodb: Harness;
  beforeAll(async () => {
    dynamodb = await startDynamoDb();
    await dynamodb.db.createTable(BROKER, REGION, ORDERS);
  });
  afterAll(() => dynamodb.stop());
  beforeEach(async () => {
    await dynamodb.client.send(new DeleteItemCommand({ TableName: 'orders', Key: KEY }));
  });

  return {
    get client(): DynamoDBClient {
      return dynamodb.client;
    },
    get url(): string {
      return dynamodb.url;
    },
    async put(item: Item): Promise<void> {
      await dynamodb.client.send(new PutItemCommand({ TableName: 'orders', Item: { ...KEY, ...item } }));
    },
    async get(): Promise<Item | undefined> {
      const { Item } = await dynamodb.client.send(
        new GetItemCommand({ TableName: 'orders', Key: KEY, ConsistentRead: true }),
      );
      return Item;
    },
    update(input: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>): Promise<Item | undefined> {
      return dynamodb.client
        .send(new UpdateItemCommand({ TableName: 'orders', Key: KEY, ...input }))
        .then((output) => output.Attributes);
    },
  };
}
