import {
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { AttributeValue, TransactWriteItem, TransactWriteItemsCommandInput } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BROKER, ORDERS, REGION, SHOP, startDynamoDb } from './harness.ts';
import type { Harness } from './harness.ts';

type Item = Record<string, AttributeValue>;

const ARN_OF_SHOP = `arn:aws:dynamodb:${REGION}:${SHOP}:table/orders`;
let dynamodb: Harness;

beforeEach(async () => {
  dynamodb = await startDynamoDb();
  await dynamodb.db.createTable(BROKER, REGION, ORDERS);
  await dynamodb.db.createTable(SHOP, REGION, ORDERS);
});
afterEach(() => dynamodb.stop());

const key = (order: string): Item => ({ customer: { S: 'C' }, order: { S: order } });
const put = (order: string, more: Item = {}, TableName = 'orders'): TransactWriteItem => ({
  Put: { TableName, Item: { ...key(order), ...more } },
});

function transact(TransactItems: TransactWriteItem[], more: Partial<TransactWriteItemsCommandInput> = {}) {
  return dynamodb.client.send(new TransactWriteItemsCommand({ TransactItems, ...more }));
}

async function get(order: string, TableName = 'orders'): Promise<Item | undefined> {
  return (await dynamodb.client.send(new GetItemCommand({ TableName, Key: key(order) }))).Item;
}

describe('a transaction of writes', () => {
  it('does all its actions, across tables and accounts', async () => {
    await transact([put('old', { n: { N: '1' } }), put('gone'), put('checked')]);
    await transact([
      put('new'),
      put('far', {}, ARN_OF_SHOP),
      {
        Update: {
          TableName: 'orders',
          Key: key('old'),
          UpdateExpression: 'ADD n :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
        },
      },
      { Delete: { TableName: 'orders', Key: key('gone') } },
      {
        ConditionCheck: {
          TableName: 'orders',
          Key: key('checked'),
          ConditionExpression: 'attribute_exists(customer)',
        },
      },
    ]);
    expect(await get('new')).toEqual(key('new'));
    expect(await get('far', ARN_OF_SHOP)).toEqual(key('far'));
    expect(await get('far')).toBeUndefined();
    expect(await get('old')).toEqual({ ...key('old'), n: { N: '2' } });
    expect(await get('gone')).toBeUndefined();
    expect(await get('checked')).toEqual(key('checked'));
  });

  it('does nothing if one condition fails, and says which, with the item where asked', async () => {
    await transact([put('there', { n: { N: '1' } })]);
    const condition = { ConditionExpression: 'attribute_not_exists(customer)' };
    const sent = transact([
      put('new'),
      {
        Put: { TableName: 'orders', Item: key('there'), ...condition, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
      },
      { ConditionCheck: { TableName: 'orders', Key: { ...key('new'), order: { S: 'there' } }, ...condition } },
    ]);
    await expect(sent).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Transaction request cannot include multiple operations on one item',
    });

    const again = transact([
      put('new'),
      {
        Put: { TableName: 'orders', Item: key('there'), ...condition, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
      },
      { Delete: { TableName: 'orders', Key: key('absent'), ConditionExpression: 'attribute_exists(customer)' } },
    ]);
    await expect(again).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ConditionalCheckFailed]',
      CancellationReasons: [
        { Code: 'None' },
        {
          Code: 'ConditionalCheckFailed',
          Message: 'The conditional request failed',
          Item: { ...key('there'), n: { N: '1' } },
        },
        { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
      ],
    });
    expect(await get('new')).toBeUndefined();
    expect(await get('there')).toEqual({ ...key('there'), n: { N: '1' } });
  });

  it('counts an update that can’t be made as a reason', async () => {
    await transact([put('there', { n: { S: 'no number' } })]);
    const Update = {
      TableName: 'orders',
      Key: key('there'),
      UpdateExpression: 'SET n = n + :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    };
    await expect(transact([put('new'), { Update }])).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'ValidationError', Message: 'An operand in the update expression has an incorrect data type' },
      ],
    });
    expect(await get('new')).toBeUndefined();
  });

  it('updates indexes with the items', async () => {
    await transact([put('a', { status: { S: 'open' }, total: { N: '1' } })]);
    await transact([
      put('a', { status: { S: 'done' }, total: { N: '1' } }),
      put('b', { status: { S: 'open' }, total: { N: '2' } }),
    ]);
    const { Items } = await dynamodb.client.send(
      new QueryCommand({
        TableName: 'orders',
        IndexName: 'byStatus',
        KeyConditionExpression: '#s = :s',
        ExpressionAttributeNames: { '#s': 'status' },
        ExpressionAttributeValues: { ':s': { S: 'open' } },
      }),
    );
    expect(Items?.map((item) => item['order'])).toEqual([{ S: 'b' }]);
  });

  it.each<[string, TransactWriteItem[], string]>([
    [
      'no action',
      [],
      "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must be a list of length between 1 and 100",
    ],
    [
      'more than a hundred',
      Array.from({ length: 101 }, (_, i) => put(String(i))),
      "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must be a list of length between 1 and 100",
    ],
    [
      'two actions in one',
      [{ ...put('a'), Delete: { TableName: 'orders', Key: key('b') } }],
      'TransactItems can only contain one of Check, Put, Update or Delete',
    ],
    [
      'one item twice',
      [put('a'), { Delete: { TableName: `arn:aws:dynamodb:${REGION}:${BROKER}:table/orders`, Key: key('a') } }],
      'Transaction request cannot include multiple operations on one item',
    ],
    [
      'a check of nothing',
      [{ ConditionCheck: { TableName: 'orders', Key: key('a'), ConditionExpression: undefined } }],
      "1 validation error detected: Value null at 'conditionExpression' failed to satisfy constraint: Member must not be null",
    ],
  ])('refuses %s', async (_, items, message) => {
    await expect(transact(items)).rejects.toMatchObject({ name: 'ValidationException', message });
    expect(await get('a')).toBeUndefined();
  });

  it('takes a hundred', async () => {
    await transact(Array.from({ length: 100 }, (_, i) => put(String(i))));
    expect(await get('99')).toEqual(key('99'));
  });

  it('costs twice the writes of its tables', async () => {
    const items = [put('a'), put('b', { text: { S: 'x'.repeat(1500) } }), put('c', {}, ARN_OF_SHOP)];
    const { ConsumedCapacity } = await transact(items, { ReturnConsumedCapacity: 'TOTAL' });
    expect(ConsumedCapacity).toEqual([
      { TableName: 'orders', CapacityUnits: 6 },
      { TableName: ARN_OF_SHOP, CapacityUnits: 2 },
    ]);
  });
});

describe('a client request token', () => {
  const ClientRequestToken = 'token-1';
  const add: TransactWriteItem = {
    Update: {
      TableName: 'orders',
      Key: key('sum'),
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    },
  };
  const sum = async (): Promise<unknown> => (await get('sum'))?.['n'];

  it('makes a repeat change nothing, for ten minutes', async () => {
    await transact([add], { ClientRequestToken });
    dynamodb.now += 10 * 60_000 - 1;
    const { ConsumedCapacity } = await transact([add], { ClientRequestToken, ReturnConsumedCapacity: 'TOTAL' });
    expect(ConsumedCapacity).toEqual([{ TableName: 'orders', CapacityUnits: 2 }]);
    expect(await sum()).toEqual({ N: '1' });
    dynamodb.now += 1;
    await transact([add], { ClientRequestToken });
    expect(await sum()).toEqual({ N: '2' });
  });

  it('refuses other actions', async () => {
    await transact([add], { ClientRequestToken });
    await expect(transact([add, put('more')], { ClientRequestToken })).rejects.toMatchObject({
      name: 'IdempotentParameterMismatchException',
    });
    expect(await get('more')).toBeUndefined();
  });

  it('is of one account', async () => {
    await transact([add], { ClientRequestToken });
    const command = new TransactWriteItemsCommand({ TransactItems: [put('more')], ClientRequestToken });
    await dynamodb.clientOf(SHOP).send(command);
    expect(await get('more', ARN_OF_SHOP)).toEqual(key('more'));
  });

  it('is not used up by a transaction that was cancelled', async () => {
    const guarded: TransactWriteItem = {
      Put: { TableName: 'orders', Item: key('x'), ConditionExpression: 'attribute_exists(customer)' },
    };
    await expect(transact([guarded], { ClientRequestToken })).rejects.toMatchObject({
      name: 'TransactionCanceledException',
    });
    await transact([put('x', { n: { N: '0' } })]);
    await transact([guarded], { ClientRequestToken });
    expect(await get('x')).toEqual(key('x'));
  });

  it('is forgotten after its time, unless it was used again', async () => {
    await transact([add], { ClientRequestToken });
    dynamodb.now += 10 * 60_000;
    await transact([add], { ClientRequestToken });
    await dynamodb.db.sweepTtl();
    await transact([add], { ClientRequestToken });
    expect(await sum()).toEqual({ N: '2' });
    dynamodb.now += 10 * 60_000;
    await dynamodb.db.sweepTtl();
    await transact([put('other')], { ClientRequestToken });
    expect(await get('other')).toEqual(key('other'));
  });
});

describe('a transaction of reads', () => {
  it('gives each item or its absence, in order', async () => {
    await transact([put('a', { n: { N: '1' }, m: { N: '2' } }), put('b', {}, ARN_OF_SHOP)]);
    const output = await dynamodb.client.send(
      new TransactGetItemsCommand({
        TransactItems: [
          { Get: { TableName: ARN_OF_SHOP, Key: key('b') } },
          { Get: { TableName: 'orders', Key: key('absent') } },
          { Get: { TableName: 'orders', Key: key('a'), ProjectionExpression: 'n' } },
        ],
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    expect(output.Responses).toEqual([{ Item: key('b') }, {}, { Item: { n: { N: '1' } } }]);
    expect(output.ConsumedCapacity).toEqual([
      { TableName: ARN_OF_SHOP, CapacityUnits: 2 },
      { TableName: 'orders', CapacityUnits: 4 },
    ]);
  });

  it('refuses what is no key', async () => {
    const Get = { TableName: 'orders', Key: { customer: { S: 'C' } } };
    const sent = dynamodb.client.send(new TransactGetItemsCommand({ TransactItems: [{ Get }] }));
    await expect(sent).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'The provided key element does not match the schema',
    });
  });

  it('sees no half of a transaction', async () => {
    const set = (n: number): TransactWriteItem[] => ['a', 'b'].map((order) => put(order, { n: { N: String(n) } }));
    await transact(set(0));
    const Gets = ['a', 'b'].map((order) => ({ Get: { TableName: 'orders', Key: key(order) } }));
    const writing = (async () => {
      for (let n = 1; n <= 50; n += 1) await transact(set(n));
    })();
    for (let i = 0; i < 50; i += 1) {
      const { Responses } = await dynamodb.client.send(new TransactGetItemsCommand({ TransactItems: Gets }));
      const [a, b] = (Responses ?? []).map(({ Item }) => Item?.['n']);
      expect(a).toEqual(b);
    }
    await writing;
  });
});

describe('writers at one time', () => {
  it('take turns: no increment is lost, and one of many creations succeeds', async () => {
    const create = new PutItemCommand({
      TableName: 'orders',
      Item: { ...key('one'), n: { N: '0' } },
      ConditionExpression: 'attribute_not_exists(customer)',
    });
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => dynamodb.client.send(create)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const add: TransactWriteItem = {
      Update: {
        TableName: 'orders',
        Key: key('one'),
        UpdateExpression: 'SET n = n + :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      },
    };
    await Promise.all(Array.from({ length: 20 }, () => transact([add])));
    expect((await get('one'))?.['n']).toEqual({ N: '20' });
  });
});
