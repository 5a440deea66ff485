import { describe, expect, it } from 'vitest';
import { dynamoReplay, memoryReplay } from '../../../sdk/verify/index.ts';
import type { PutItemClient, ReplayStore } from '../../../sdk/verify/index.ts';

type Put = Parameters<PutItemClient['putItem']>[0];

/** DynamoDB as far as this one condition goes. */
function fakeDynamo(): { client: PutItemClient; puts: Put[] } {
  const items = new Map<string, Put['Item']>();
  const puts: Put[] = [];
  const number = (value: unknown): number => Number((value as { N: string }).N);
  const client: PutItemClient = {
    async putItem(put) {
      puts.push(put);
      const name = put.ExpressionAttributeNames['#key'] ?? '';
      const id = JSON.stringify(put.Item[name]);
      const there = items.get(id);
      if (there && number(there['until']) > number(put.ExpressionAttributeValues[':now'])) {
        throw Object.assign(new Error('The conditional request failed'), { name: 'ConditionalCheckFailedException' });
      }
      items.set(id, put.Item);
    },
  };
  return { client, puts };
}

const stores: [string, () => ReplayStore][] = [
  ['memory', () => memoryReplay()],
  ['DynamoDB', () => dynamoReplay({ client: fakeDynamo().client, tableName: 'proofs' })],
];

describe.each(stores)('in %s', (_name, make) => {
  it('a mark is spent once', async () => {
    const store = make();
    expect(await store.spend('a', 100, 0)).toBe('spent');
    expect(await store.spend('a', 100, 0)).toBe('replayed');
    expect(await store.spend('a', 500, 99)).toBe('replayed');
    expect(await store.spend('b', 100, 0)).toBe('spent');
  });

  it('a mark that lapsed may come again, even if it was not deleted', async () => {
    const store = make();
    await store.spend('long', 1_000, 0);
    await store.spend('a', 100, 0);
    expect(await store.spend('a', 200, 100)).toBe('spent');
    expect(await store.spend('a', 200, 100)).toBe('replayed');
    expect(await store.spend('long', 1_000, 100)).toBe('replayed');
  });

  it('of many at once exactly one spends', async () => {
    const store = make();
    const results = await Promise.all(Array.from({ length: 20 }, () => store.spend('a', 100, 0)));
    expect(results.filter((result) => result === 'spent')).toHaveLength(1);
  });
});

it('memory that is full takes nothing more, and forgets what lapsed', async () => {
  const store = memoryReplay(2);
  await store.spend('a', 100, 0);
  await store.spend('b', 200, 0);
  await expect(store.spend('c', 100, 0)).rejects.toThrow('the memory for DPoP proofs is full');
  expect(await store.spend('a', 100, 0)).toBe('replayed');
  expect(await store.spend('c', 300, 100)).toBe('spent');
});

it('DynamoDB gets one conditional write', async () => {
  const { client, puts } = fakeDynamo();
  await dynamoReplay({ client, tableName: 'proofs', partitionKey: 'id' }).spend('mark', 60_001, 1);
  expect(puts).toEqual([
    {
      TableName: 'proofs',
      Item: { id: { S: 'dpop#mark' }, until: { N: '60001' }, ttl: { N: '61' } },
      ConditionExpression: 'attribute_not_exists(#key) OR #until <= :now',
      ExpressionAttributeNames: { '#key': 'id', '#until': 'until' },
      ExpressionAttributeValues: { ':now': { N: '1' } },
    },
  ]);
});

it('DynamoDB that is down is no permission', async () => {
  const client: PutItemClient = { putItem: () => Promise.reject(new Error('down')) };
  await expect(dynamoReplay({ client, tableName: 'proofs' }).spend('a', 1, 0)).rejects.toThrow('down');
});
