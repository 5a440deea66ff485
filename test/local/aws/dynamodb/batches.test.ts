import { BatchGetItemCommand, BatchWriteItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { AttributeValue, KeysAndAttributes, WriteRequest } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROKER, ORDERS, REGION, startDynamoDb } from './harness.ts';
import type { Harness } from './harness.ts';

type Item = Record<string, AttributeValue>;

let dynamodb: Harness;

beforeAll(async () => {
  dynamodb = await startDynamoDb();
  await dynamodb.db.createTable(BROKER, REGION, ORDERS);
});
afterAll(() => dynamodb.stop());

const key = (order: string): Item => ({ customer: { S: 'C' }, order: { S: order } });
const put = (order: string, more: Item = {}): WriteRequest => ({ PutRequest: { Item: { ...key(order), ...more } } });

const write = (orders: WriteRequest[]) =>
  dynamodb.client.send(new BatchWriteItemCommand({ RequestItems: { orders }, ReturnConsumedCapacity: 'TOTAL' }));
const read = (orders: KeysAndAttributes) =>
  dynamodb.client.send(new BatchGetItemCommand({ RequestItems: { orders }, ReturnConsumedCapacity: 'TOTAL' }));

describe('a batch', () => {
  it('writes and deletes, and reads what is there', async () => {
    await write([put('a', { n: { N: '1' } }), put('b')]);
    const output = await write([{ DeleteRequest: { Key: key('b') } }, put('c', { n: { N: '3' } })]);
    expect(output).toMatchObject({
      UnprocessedItems: {},
      ConsumedCapacity: [{ TableName: 'orders', CapacityUnits: 2 }],
    });
    const { Responses, UnprocessedKeys, ConsumedCapacity } = await read({
      Keys: ['a', 'b', 'c'].map(key),
      ProjectionExpression: 'n',
      ConsistentRead: true,
    });
    expect(Responses).toEqual({ orders: [{ n: { N: '1' } }, { n: { N: '3' } }] });
    expect(UnprocessedKeys).toEqual({});
    expect(ConsumedCapacity).toEqual([{ TableName: 'orders', CapacityUnits: 3 }]);
  });

  it('leaves what is beyond 16 MB for the next call', async () => {
    const names = Array.from({ length: 45 }, (_, i) => `big-${i}`);
    for (const name of names) await write([put(name, { text: { S: 'x'.repeat(390_000) } })]);
    const seen: unknown[] = [];
    let rounds = 0;
    let asked: KeysAndAttributes | undefined = {
      Keys: names.map(key),
      ProjectionExpression: '#o',
      ExpressionAttributeNames: { '#o': 'order' },
    };
    while (asked) {
      const { Responses, UnprocessedKeys } = await read(asked);
      seen.push(...(Responses?.['orders'] ?? []));
      asked = UnprocessedKeys?.['orders'];
      rounds += 1;
    }
    expect(seen).toEqual(names.map((name) => ({ order: { S: name } })));
    expect(rounds).toBe(2);
  });

  it.each<[string, WriteRequest[], string]>([
    [
      'one item twice',
      [put('twice'), { DeleteRequest: { Key: key('twice') } }],
      'Provided list of item keys contains duplicates',
    ],
    [
      'both in one',
      [{ ...put('both'), DeleteRequest: { Key: key('both') } }],
      'A write request holds either a PutRequest or a DeleteRequest',
    ],
    [
      'an item that is wrong',
      [put('fine'), put('wrong', { status: { N: '1' } })],
      'One or more parameter values were invalid: Type mismatch for Index Key status Expected: S Actual: N IndexName: byStatus',
    ],
  ])('refuses %s, whole', async (_, requests, message) => {
    await expect(write(requests)).rejects.toMatchObject({ name: 'ValidationException', message });
    const { Item } = await dynamodb.client.send(new GetItemCommand({ TableName: 'orders', Key: key('fine') }));
    expect(Item).toBeUndefined();
  });

  it('is of 25 writes or 100 reads at most', async () => {
    const names = Array.from({ length: 101 }, (_, i) => `n-${i}`);
    await expect(write(names.slice(0, 26).map((name) => put(name)))).rejects.toMatchObject({
      name: 'ValidationException',
    });
    await expect(read({ Keys: names.map(key) })).rejects.toMatchObject({ name: 'ValidationException' });
  });
});
