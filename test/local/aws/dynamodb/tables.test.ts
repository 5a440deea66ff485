import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TableDefinition } from '../../../../local/aws/dynamodb/dynamodb.ts';
import { BROKER, ORDERS, REGION, SHOP, startDynamoDb } from './harness.ts';
import type { Harness } from './harness.ts';

let dynamodb: Harness;

beforeEach(async () => {
  dynamodb = await startDynamoDb();
});
afterEach(() => dynamodb.stop());

const PAYMENTS: CreateTableCommandInput = {
  TableName: 'payments',
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }],
  BillingMode: 'PAY_PER_REQUEST',
};
const KEY = { customer: { S: 'C' }, order: { S: 'O' } };

describe('tables over the wire', () => {
  it('are made, described, listed and removed', async () => {
    const { client } = dynamodb;
    const { TableDescription } = await client.send(new CreateTableCommand(PAYMENTS));
    expect(TableDescription?.TableArn).toBe(`arn:aws:dynamodb:${REGION}:${BROKER}:table/payments`);
    await waitUntilTableExists({ client, maxWaitTime: 30 }, { TableName: 'payments' });
    await expect(client.send(new CreateTableCommand(PAYMENTS))).rejects.toMatchObject({
      name: 'ResourceInUseException',
      message: 'Table already exists: payments',
    });

    await client.send(new PutItemCommand({ TableName: 'payments', Item: { id: { N: '1' } } }));
    const described = await client.send(new DescribeTableCommand({ TableName: 'payments' }));
    expect(described.Table).toMatchObject({ TableStatus: 'ACTIVE', ItemCount: 1, TableSizeBytes: 4 });

    await client.send(new DeleteTableCommand({ TableName: 'payments' }));
    await expect(client.send(new DescribeTableCommand({ TableName: 'payments' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Requested resource not found: Table: payments not found',
    });
    await client.send(new CreateTableCommand(PAYMENTS));
    const { Item } = await client.send(new GetItemCommand({ TableName: 'payments', Key: { id: { N: '1' } } }));
    expect(Item).toBeUndefined();
  });

  it('are listed page by page, per account', async () => {
    for (const name of ['ccc', 'aaa', 'bbb']) {
      await dynamodb.client.send(new CreateTableCommand({ ...PAYMENTS, TableName: name }));
    }
    await dynamodb.clientOf(SHOP).send(new CreateTableCommand({ ...PAYMENTS, TableName: 'theirs' }));
    const first = await dynamodb.client.send(new ListTablesCommand({ Limit: 2 }));
    expect(first).toMatchObject({ TableNames: ['aaa', 'bbb'], LastEvaluatedTableName: 'bbb' });
    const second = await dynamodb.client.send(new ListTablesCommand({ ExclusiveStartTableName: 'bbb' }));
    expect(second.TableNames).toEqual(['ccc']);
    expect(second.LastEvaluatedTableName).toBeUndefined();
  });

  it('are not removed while protected', async () => {
    await dynamodb.client.send(new CreateTableCommand({ ...PAYMENTS, DeletionProtectionEnabled: true }));
    await expect(dynamodb.client.send(new DeleteTableCommand({ TableName: 'payments' }))).rejects.toMatchObject({
      name: 'ValidationException',
      message:
        'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
    });
  });

  it.each<[string, Partial<CreateTableCommandInput>, string]>([
    [
      'provisioned capacity',
      { BillingMode: 'PROVISIONED', ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } },
      'The local DynamoDB bills on demand only',
    ],
    [
      'a key without a type',
      { AttributeDefinitions: [{ AttributeName: 'other', AttributeType: 'S' }] },
      'One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [id], AttributeDefinitions: [other]',
    ],
  ])('are refused with %s', async (_, change, message) => {
    const sent = dynamodb.client.send(new CreateTableCommand({ ...PAYMENTS, ...change }));
    await expect(sent).rejects.toMatchObject({ name: 'ValidationException', message });
  });

  it('say how time to live and recovery are set', async () => {
    const { client } = dynamodb;
    await dynamodb.db.createTable(BROKER, REGION, {
      ...ORDERS,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
    await client.send(new CreateTableCommand(PAYMENTS));
    const backups = async (TableName: string): Promise<unknown> =>
      (await client.send(new DescribeContinuousBackupsCommand({ TableName }))).ContinuousBackupsDescription
        ?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
    expect(await backups('orders')).toBe('ENABLED');
    expect(await backups('payments')).toBe('DISABLED');

    const ttl = async (): Promise<unknown> =>
      (await client.send(new DescribeTimeToLiveCommand({ TableName: 'payments' }))).TimeToLiveDescription;
    const enable = { TableName: 'payments', TimeToLiveSpecification: { AttributeName: 'end', Enabled: true } };
    expect(await ttl()).toEqual({ TimeToLiveStatus: 'DISABLED' });
    await client.send(new UpdateTimeToLiveCommand(enable));
    expect(await ttl()).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'end' });
    await expect(client.send(new UpdateTimeToLiveCommand(enable))).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'TimeToLive is already enabled',
    });
  });
});

describe('accounts', () => {
  it('have tables of their own, and reach others by ARN', async () => {
    const arn = `arn:aws:dynamodb:${REGION}:${SHOP}:table/orders`;
    await dynamodb.db.createTable(BROKER, REGION, ORDERS);
    await dynamodb.db.createTable(SHOP, REGION, ORDERS);
    const shop = dynamodb.clientOf(SHOP);
    await shop.send(new PutItemCommand({ TableName: 'orders', Item: { ...KEY, of: { S: 'shop' } } }));
    await dynamodb.client.send(
      new BatchWriteItemCommand({
        RequestItems: {
          orders: [{ PutRequest: { Item: { ...KEY, of: { S: 'broker' } } } }],
          [arn]: [{ PutRequest: { Item: { ...KEY, order: { S: 'P' }, of: { S: 'broker' } } } }],
        },
      }),
    );
    const both = await dynamodb.client.send(
      new BatchGetItemCommand({ RequestItems: { orders: { Keys: [KEY] }, [arn]: { Keys: [KEY] } } }),
    );
    expect(both.Responses).toEqual({
      orders: [{ ...KEY, of: { S: 'broker' } }],
      [arn]: [{ ...KEY, of: { S: 'shop' } }],
    });
    expect(dynamodb.accesses.slice(-2).map(({ resource }) => resource)).toEqual([arn.replace(SHOP, BROKER), arn]);
    const theirs = await shop.send(
      new QueryCommand({
        TableName: 'orders',
        KeyConditionExpression: 'customer = :c',
        ExpressionAttributeValues: { ':c': { S: 'C' } },
        Select: 'COUNT',
      }),
    );
    expect(theirs.Count).toBe(2);
  });
});

describe('createTable for the runtime', () => {
  const put = (order: string): Promise<unknown> =>
    dynamodb.client.send(
      new PutItemCommand({
        TableName: 'orders',
        Item: {
          customer: { S: 'C' },
          order: { S: order },
          status: { S: 'open' },
          total: { N: '1' },
          end: { N: '1000' },
        },
      }),
    );
  const count = async (IndexName: string, attribute: string, value: string): Promise<unknown> =>
    (
      await dynamodb.client.send(
        new QueryCommand({
          TableName: 'orders',
          IndexName,
          KeyConditionExpression: '#a = :v',
          ExpressionAttributeNames: { '#a': attribute },
          ExpressionAttributeValues: { ':v': { S: value } },
        }),
      )
    ).Count;

  it('is idempotent', async () => {
    const first = await dynamodb.db.createTable(BROKER, REGION, ORDERS);
    await put('1');
    dynamodb.now += 60_000;
    expect(await dynamodb.db.createTable(BROKER, REGION, ORDERS)).toEqual(first);
    expect(await count('byStatus', 'status', 'open')).toBe(1);
    expect(first).toEqual({
      tableArn: `arn:aws:dynamodb:${REGION}:${BROKER}:table/orders`,
      streamArn: `arn:aws:dynamodb:${REGION}:${BROKER}:table/orders/stream/2026-11-21T09:00:00.000`,
    });
  });

  it('fills a new index, drops a missing one, and moves time to live', async () => {
    await dynamodb.db.createTable(BROKER, REGION, ORDERS);
    for (const order of ['1', '2', '3']) await put(order);
    const byOrder: TableDefinition = {
      ...ORDERS,
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byOrder',
          KeySchema: [{ AttributeName: 'order', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
      TimeToLiveSpecification: { AttributeName: 'end', Enabled: true },
    };
    await dynamodb.db.createTable(BROKER, REGION, byOrder);
    expect(await count('byOrder', 'order', '2')).toBe(1);
    await expect(count('byStatus', 'status', 'open')).rejects.toMatchObject({
      message: 'The table does not have the specified index: byStatus',
    });
    await dynamodb.db.createTable(BROKER, REGION, ORDERS);
    expect(await count('byStatus', 'status', 'open')).toBe(3);
    await dynamodb.db.createTable(BROKER, REGION, byOrder);
    // Its items' time came long before this clock, yet not five years before.
    dynamodb.now = 1_000_000 + 60_000;
    expect(await dynamodb.db.sweepTtl()).toBe(3);
    expect(await count('byOrder', 'order', '2')).toBe(0);
  });

  it('refuses other keys', async () => {
    await dynamodb.db.createTable(BROKER, REGION, ORDERS);
    const KeySchema = [{ AttributeName: 'customer', KeyType: 'HASH' as const }];
    await expect(dynamodb.db.createTable(BROKER, REGION, { ...ORDERS, KeySchema })).rejects.toMatchObject({
      code: 'ValidationException',
      message: 'Table orders exists with other keys; remove it, or the local state, first',
    });
  });
});
