import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROKER, callOf, ORDERS, REGION, SHOP, startDynamoDb } from './harness.ts';
import type { Harness } from './harness.ts';

let dynamodb: Harness;

beforeAll(async () => {
  dynamodb = await startDynamoDb();
  await dynamodb.db.createTable(BROKER, REGION, ORDERS);
});
afterAll(() => dynamodb.stop());

const ARN = `arn:aws:dynamodb:${REGION}:${BROKER}:table/orders`;
const ARN_OF_SHOP = `arn:aws:dynamodb:${REGION}:${SHOP}:table/orders`;
const key = (customer: string): object => ({ customer: { S: customer }, order: { S: 'O' } });
const C42 = key('C-42');

async function access(operation: string, input: object): Promise<unknown> {
  return dynamodb.db.operations[operation]?.access(input as never, callOf(BROKER));
}

interface Expected {
  readonly action: string;
  readonly resource?: string;
  readonly leading?: readonly string[];
  readonly attributes?: readonly string[];
  readonly more?: Readonly<Record<string, string>>;
}

function stated({ action, resource = ARN, leading, attributes, more }: Expected): object {
  return {
    action: `dynamodb:${action}`,
    resource,
    context: {
      ...(leading && { 'dynamodb:LeadingKeys': leading }),
      ...(attributes && { 'dynamodb:Attributes': attributes }),
      ...Object.fromEntries(Object.entries(more ?? {}).map(([name, value]) => [`dynamodb:${name}`, value])),
    },
  };
}

const byCustomer = { KeyConditionExpression: 'customer = :c', ExpressionAttributeValues: { ':c': { S: 'C-42' } } };
const onTable = { TableName: 'orders' };
const keys = ['customer', 'order'];

describe('access', () => {
  it.each<[string, string, object, Expected[]]>([
    [
      'a read names its partition',
      'GetItem',
      { ...onTable, Key: C42, ReturnConsumedCapacity: 'TOTAL' },
      [{ action: 'GetItem', leading: ['C-42'], attributes: keys, more: { ReturnConsumedCapacity: 'TOTAL' } }],
    ],
    [
      'projections name attributes, through their aliases',
      'GetItem',
      { ...onTable, Key: C42, ProjectionExpression: 'a.b[1], #x', ExpressionAttributeNames: { '#x': 'secret' } },
      [{ action: 'GetItem', leading: ['C-42'], attributes: [...keys, 'a', 'secret'] }],
    ],
    [
      'a put names all that it writes',
      'PutItem',
      { ...onTable, Item: { ...C42, note: { S: 'x' } }, ReturnValues: 'ALL_OLD' },
      [{ action: 'PutItem', leading: ['C-42'], attributes: [...keys, 'note'], more: { ReturnValues: 'ALL_OLD' } }],
    ],
    [
      'an update names what it changes and looks at',
      'UpdateItem',
      {
        ...onTable,
        Key: C42,
        UpdateExpression: 'SET a = :v REMOVE b.c',
        ConditionExpression: 'attribute_exists(d)',
        ExpressionAttributeValues: { ':v': { S: 'x' } },
      },
      [{ action: 'UpdateItem', leading: ['C-42'], attributes: [...keys, 'd', 'a', 'b'] }],
    ],
    [
      'a delete names its partition',
      'DeleteItem',
      { ...onTable, Key: C42 },
      [{ action: 'DeleteItem', leading: ['C-42'], attributes: keys }],
    ],
    [
      'a query names its partition',
      'Query',
      { ...onTable, ...byCustomer },
      [{ action: 'Query', leading: ['C-42'], attributes: ['customer'], more: { Select: 'ALL_ATTRIBUTES' } }],
    ],
    [
      'a query in the old form does too',
      'Query',
      { ...onTable, KeyConditions: { customer: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'C-42' }] } } },
      [{ action: 'Query', leading: ['C-42'], attributes: ['customer'], more: { Select: 'ALL_ATTRIBUTES' } }],
    ],
    [
      'a query that would take more than one partition names none',
      'Query',
      { ...onTable, ...byCustomer, KeyConditionExpression: 'customer > :c' },
      [{ action: 'Query', attributes: ['customer'], more: { Select: 'ALL_ATTRIBUTES' } }],
    ],
    [
      'a query of an index is of the index, with the index’s partition',
      'Query',
      {
        ...onTable,
        IndexName: 'byStatus',
        KeyConditionExpression: '#s = :s AND #t > :n',
        FilterExpression: 'customer = :s',
        ExpressionAttributeNames: { '#s': 'status', '#t': 'total' },
        ExpressionAttributeValues: { ':s': { S: 'open' }, ':n': { N: '1' } },
      },
      [
        {
          action: 'Query',
          resource: `${ARN}/index/byStatus`,
          leading: ['open'],
          attributes: ['status', 'total', 'customer'],
          more: { Select: 'ALL_PROJECTED_ATTRIBUTES' },
        },
      ],
    ],
    [
      'a query of an index by the table’s key names no partition',
      'Query',
      { ...onTable, ...byCustomer, IndexName: 'byStatus', Select: 'COUNT' },
      [
        {
          action: 'Query',
          resource: `${ARN}/index/byStatus`,
          attributes: ['customer'],
          more: { Select: 'COUNT' },
        },
      ],
    ],
    [
      'a scan names no partition, whatever it filters by',
      'Scan',
      { ...onTable, FilterExpression: 'customer = :c', ExpressionAttributeValues: { ':c': { S: 'C-42' } } },
      [{ action: 'Scan', attributes: ['customer'], more: { Select: 'ALL_ATTRIBUTES' } }],
    ],
    [
      'a batch of reads names all partitions, table by table',
      'BatchGetItem',
      { RequestItems: { orders: { Keys: [C42, key('C-43')] }, [ARN_OF_SHOP]: { Keys: [C42] } } },
      [
        { action: 'BatchGetItem', leading: ['C-42', 'C-43'], attributes: keys },
        // The table is not there, so its partition key is not known.
        { action: 'BatchGetItem', resource: ARN_OF_SHOP, attributes: keys },
      ],
    ],
    [
      'a batch of writes names all partitions',
      'BatchWriteItem',
      { RequestItems: { orders: [{ PutRequest: { Item: C42 } }, { DeleteRequest: { Key: key('C-43') } }] } },
      [{ action: 'BatchWriteItem', leading: ['C-42', 'C-43'], attributes: keys }],
    ],
    [
      'a transaction needs what each of its actions needs',
      'TransactWriteItems',
      {
        TransactItems: [
          { Put: { ...onTable, Item: { ...C42, note: { S: 'x' } } } },
          { Put: { ...onTable, Item: key('C-43') } },
          { Delete: { ...onTable, Key: { ...C42, order: { S: 'P' } } } },
          { Update: { TableName: 'unknown', Key: C42 } },
          { ConditionCheck: { ...onTable, Key: key('C-44'), ConditionExpression: 'attribute_exists(a)' } },
        ],
      },
      [
        { action: 'PutItem', leading: ['C-42', 'C-43'], attributes: [...keys, 'note'] },
        { action: 'DeleteItem', leading: ['C-42'], attributes: keys },
        { action: 'UpdateItem', resource: ARN.replace('orders', 'unknown'), attributes: keys },
        { action: 'ConditionCheckItem', leading: ['C-44'], attributes: [...keys, 'a'] },
      ].map((expected) => ({ ...expected, more: { EnclosingOperation: 'TransactWriteItems' } })),
    ],
    [
      'a transaction of reads needs GetItem',
      'TransactGetItems',
      { TransactItems: [{ Get: { ...onTable, Key: C42 } }, { Get: { ...onTable, Key: key('C-43') } }] },
      [
        {
          action: 'GetItem',
          leading: ['C-42', 'C-43'],
          attributes: keys,
          more: { EnclosingOperation: 'TransactGetItems' },
        },
      ],
    ],
    [
      'PartiQL says its verb, and names no partition',
      'BatchExecuteStatement',
      {
        Statements: [
          { Statement: `SELECT * FROM "orders"."byStatus" WHERE customer='C-42'` },
          { Statement: `insert into orders value {'customer': 'C-42'}` },
          { Statement: `UPDATE "orders" SET a=1 WHERE customer='C-42'` },
          { Statement: `DELETE FROM "${ARN_OF_SHOP}" WHERE customer='C-42'` },
        ],
      },
      [
        { action: 'PartiQLSelect', resource: `${ARN}/index/byStatus` },
        { action: 'PartiQLInsert' },
        { action: 'PartiQLUpdate' },
        { action: 'PartiQLDelete', resource: ARN_OF_SHOP },
      ],
    ],
  ])('%s', async (_, operation, input, expected) => {
    expect(await access(operation, input)).toEqual(expected.map(stated));
  });

  it.each([
    ['a key of the wrong name', { Key: { customre: { S: 'C-42' } } }],
    ['a key that is no scalar', { Key: { customer: { M: {} }, order: { S: 'O' } } }],
  ])('leaves the partition out for %s', async (_, input) => {
    const [{ context }] = (await access('GetItem', { ...onTable, ...input })) as [{ context: object }];
    expect(context).not.toHaveProperty('dynamodb:LeadingKeys');
  });

  it('leaves all partitions out where one is not known', async () => {
    const RequestItems = { orders: { Keys: [C42, { order: { S: 'O' } }] } };
    const [{ context }] = (await access('BatchGetItem', { RequestItems })) as [{ context: object }];
    expect(context).not.toHaveProperty('dynamodb:LeadingKeys');
  });

  it('gives a partition key as text whatever its type', async () => {
    await dynamodb.db.createTable(BROKER, REGION, {
      TableName: 'numbered',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }],
    });
    const [{ context }] = (await access('GetItem', { TableName: 'numbered', Key: { id: { N: '1.50' } } })) as [
      { context: object },
    ];
    expect(context).toMatchObject({ 'dynamodb:LeadingKeys': ['1.5'] });
  });

  it.each([
    ['DescribeTable', onTable, ARN],
    ['DeleteTable', onTable, ARN],
    ['DescribeTimeToLive', { TableName: ARN_OF_SHOP }, ARN_OF_SHOP],
    ['DescribeContinuousBackups', onTable, ARN],
    ['UpdateTimeToLive', { ...onTable, TimeToLiveSpecification: { AttributeName: 'a', Enabled: true } }, ARN],
    ['ListTables', {}, '*'],
  ])('%s needs its own name', async (operation, input, resource) => {
    expect(await access(operation, input)).toEqual([{ action: `dynamodb:${operation}`, resource }]);
  });

  it('refuses PartiQL that it can’t read, and runs none', async () => {
    await expect(access('ExecuteStatement', { Statement: 'EXPLAIN orders' })).rejects.toMatchObject({
      code: 'ValidationException',
    });
    const input = { Statement: 'SELECT * FROM orders' };
    await expect(
      dynamodb.db.operations['ExecuteStatement']?.handle(input as never, callOf(BROKER)),
    ).rejects.toMatchObject({
      code: 'ValidationException',
      message: 'PartiQL is not supported by the local DynamoDB',
    });
  });

  it('decides on the request that then runs, even if its input changes in between', async () => {
    const operation = dynamodb.db.operations['GetItem'];
    const run = (input: object): Promise<unknown> | undefined => operation?.handle(input as never, callOf(BROKER));
    await dynamodb.db.operations['PutItem']?.handle({ ...onTable, Item: C42 } as never, callOf(BROKER));
    const input = { ...onTable, Key: key('nobody') };
    await operation?.access(input as never, callOf(BROKER));
    input.Key = C42;
    expect(await run(input)).toEqual({});
    expect(await run({ ...input })).toEqual({ Item: C42 });
  });
});
