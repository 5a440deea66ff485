import { BatchWriteItemCommand, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { AttributeValue, QueryCommandInput, QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROKER, ORDERS, REGION, startDynamoDb } from './harness.ts';
import type { Harness } from './harness.ts';

type Item = Record<string, AttributeValue>;

let dynamodb: Harness;

const order = (customer: string, name: string, more: Item = {}): Item => ({
  customer: { S: customer },
  order: { S: name },
  ...more,
});

/** In C-42: `a`, `a!`, `ab`, `b`, `é`, `😀`; the totals are in another order. Others are around them. */
const NAMES = ['b', '😀', 'a', 'é', 'ab', 'a!'];
const TOTALS = ['10', '-0.5', '9', '-100', '0', '9.5'];
const ITEMS = [
  ...NAMES.map((name, i) =>
    order('C-42', name, { status: { S: 'open' }, total: { N: TOTALS[i] ?? '' }, note: { S: name } }),
  ),
  order('C-4', 'x', { status: { S: 'ope' }, total: { N: '1' } }),
  order('C-421', 'x', { status: { S: 'opens' }, total: { N: '1' } }),
  order('C-43', 'x', { status: { S: 'open' } }),
  order('C-44', 'x', { status: { S: 'open' }, total: { N: '9' }, note: { S: 'tie' }, secret: { S: 'y' } }),
];

beforeAll(async () => {
  dynamodb = await startDynamoDb();
  await dynamodb.db.createTable(BROKER, REGION, ORDERS);
  const orders = ITEMS.map((Item) => ({ PutRequest: { Item } }));
  await dynamodb.client.send(new BatchWriteItemCommand({ RequestItems: { orders } }));
});
afterAll(() => dynamodb.stop());

function query(input: Partial<QueryCommandInput>): Promise<QueryCommandOutput> {
  return dynamodb.client.send(new QueryCommand({ TableName: 'orders', ...input }));
}

const CUSTOMER = {
  KeyConditionExpression: 'customer = :c',
  ExpressionAttributeValues: { ':c': { S: 'C-42' } },
};
const OPEN = {
  IndexName: 'byStatus',
  KeyConditionExpression: '#s = :s',
  ExpressionAttributeNames: { '#s': 'status' },
  ExpressionAttributeValues: { ':s': { S: 'open' } },
};
const names = (output: { Items?: Item[] | undefined }): unknown[] =>
  (output.Items ?? []).map((item) => item['order']?.S);
const totals = (output: { Items?: Item[] | undefined }): unknown[] =>
  (output.Items ?? []).map((item) => item['total']?.N);

describe('a query of a table', () => {
  it('gives one partition in the order of bytes', async () => {
    const output = await query(CUSTOMER);
    expect(names(output)).toEqual(['a', 'a!', 'ab', 'b', 'é', '😀']);
    expect(output).toMatchObject({ Count: 6, ScannedCount: 6 });
    expect(output.LastEvaluatedKey).toBeUndefined();
    expect(names(await query({ ...CUSTOMER, ScanIndexForward: false }))).toEqual(['😀', 'é', 'b', 'ab', 'a!', 'a']);
  });

  it.each<[string, string[]]>([
    ['#o = :a', ['a']],
    ['#o < :ab', ['a', 'a!']],
    ['#o <= :ab', ['a', 'a!', 'ab']],
    ['#o > :ab', ['b', 'é', '😀']],
    ['#o >= :ab', ['ab', 'b', 'é', '😀']],
    [':ab <= #o', ['ab', 'b', 'é', '😀']],
    ['#o BETWEEN :a AND :ab', ['a', 'a!', 'ab']],
    ['begins_with(#o, :a)', ['a', 'a!', 'ab']],
  ])('%s', async (condition, expected) => {
    const used = { ':a': { S: 'a' }, ':ab': { S: 'ab' } };
    const values = Object.fromEntries(
      Object.entries(used).filter(([name]) => new RegExp(`${name}\\b`).test(condition)),
    );
    const input = {
      KeyConditionExpression: `customer = :c AND ${condition}`,
      ExpressionAttributeNames: { '#o': 'order' },
      ExpressionAttributeValues: { ':c': { S: 'C-42' }, ...values },
    };
    expect(names(await query(input))).toEqual(expected);
    expect(names(await query({ ...input, ScanIndexForward: false }))).toEqual(expected.toReversed());
    for (const ScanIndexForward of [true, false]) {
      const paged = await pages({ ...input, ScanIndexForward, Limit: 1 });
      expect(paged.flatMap(names)).toEqual(ScanIndexForward ? expected : expected.toReversed());
    }
  });

  it('takes key conditions in the old form too', async () => {
    const output = await query({
      KeyConditions: { customer: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'C-43' }] } },
    });
    expect(names(output)).toEqual(['x']);
  });

  it('filters after it has read and counted', async () => {
    const output = await query({
      ...CUSTOMER,
      FilterExpression: '#t > :zero',
      ExpressionAttributeNames: { '#t': 'total' },
      ExpressionAttributeValues: { ...CUSTOMER.ExpressionAttributeValues, ':zero': { N: '0' } },
      Limit: 4,
    });
    expect(output).toMatchObject({ Count: 3, ScannedCount: 4, LastEvaluatedKey: order('C-42', 'b') });
  });

  it('counts without items', async () => {
    const output = await query({ ...CUSTOMER, Select: 'COUNT' });
    expect(output.Count).toBe(6);
    expect(output.Items).toBeUndefined();
  });

  it.each<[string, Partial<QueryCommandInput>, string]>([
    [
      'a condition on another attribute',
      { ...CUSTOMER, KeyConditionExpression: 'note = :c' },
      'Query condition missed key schema element: customer',
    ],
    [
      'an inequality on the partition key',
      { ...CUSTOMER, KeyConditionExpression: 'customer > :c' },
      'Query key condition not supported',
    ],
    [
      'an alternative',
      { ...CUSTOMER, KeyConditionExpression: 'customer = :c OR customer = :c' },
      'Invalid operator used in KeyConditionExpression: OR',
    ],
    [
      'a filter on a key',
      { ...CUSTOMER, FilterExpression: 'customer = :c' },
      'Filter Expression can only contain non-primary key attributes: Primary key attribute: customer',
    ],
    [
      'a start in another partition',
      { ...CUSTOMER, ExclusiveStartKey: order('C-43', 'x') },
      'The provided starting key is outside query boundaries based on provided conditions',
    ],
    [
      'a start that is no key',
      { ...CUSTOMER, ExclusiveStartKey: { customer: { S: 'C-42' } } },
      'The provided starting key is invalid',
    ],
    [
      'a start outside the range',
      {
        KeyConditionExpression: 'customer = :c AND #o > :m',
        ExpressionAttributeNames: { '#o': 'order' },
        ExpressionAttributeValues: { ...CUSTOMER.ExpressionAttributeValues, ':m': { S: 'm' } },
        ExclusiveStartKey: order('C-42', 'a'),
      },
      'The provided starting key does not match the range key predicate',
    ],
    [
      'an index that is not there',
      { ...OPEN, IndexName: 'byNothing' },
      'The table does not have the specified index: byNothing',
    ],
    [
      'a consistent read of an index',
      { ...OPEN, ConsistentRead: true },
      'Consistent reads are not supported on global secondary indexes',
    ],
    [
      'an attribute that the index lacks',
      { ...OPEN, ProjectionExpression: 'secret' },
      'One or more parameter values were invalid: Global secondary index byStatus does not project [secret]',
    ],
    [
      'all attributes of an index that has some',
      { ...OPEN, Select: 'ALL_ATTRIBUTES' },
      'One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index byStatus because its projection type is not ALL',
    ],
  ])('refuses %s', async (_, input, message) => {
    await expect(query(input)).rejects.toMatchObject({ name: 'ValidationException', message });
  });
});

async function pages(input: Partial<QueryCommandInput>): Promise<QueryCommandOutput[]> {
  const outputs: QueryCommandOutput[] = [];
  let start: Item | undefined;
  do {
    const output = await query({ ...input, ...(start && { ExclusiveStartKey: start }) });
    outputs.push(output);
    start = output.LastEvaluatedKey;
  } while (start);
  return outputs;
}

describe('a query of an index', () => {
  it('orders by number and holds only items with both keys, projected', async () => {
    const output = await query(OPEN);
    expect(totals(output)).toEqual(['-100', '-0.5', '0', '9', '9', '9.5', '10']);
    expect(output.Items?.find((item) => item['customer']?.S === 'C-44')).toEqual({
      customer: { S: 'C-44' },
      order: { S: 'x' },
      status: { S: 'open' },
      total: { N: '9' },
      note: { S: 'tie' },
    });
  });

  it.each([1, 2, 3, 7, 8])('pages by %i without loss or repetition', async (Limit) => {
    for (const ScanIndexForward of [true, false]) {
      const paged = await pages({ ...OPEN, Limit, ScanIndexForward });
      const whole = await query({ ...OPEN, ScanIndexForward });
      expect(paged.flatMap((page) => page.Items ?? [])).toEqual(whole.Items);
      expect(paged).toHaveLength(Math.floor(7 / Limit) + 1);
    }
  });

  it('starts a page after an item’s index and primary keys', async () => {
    const { LastEvaluatedKey } = await query({ ...OPEN, Limit: 1 });
    expect(LastEvaluatedKey).toEqual(order('C-42', 'é', { status: { S: 'open' }, total: { N: '-100' } }));
  });

  it('ranges over numbers', async () => {
    const output = await query({
      ...OPEN,
      KeyConditionExpression: '#s = :s AND #t BETWEEN :low AND :high',
      ExpressionAttributeNames: { '#s': 'status', '#t': 'total' },
      ExpressionAttributeValues: { ':s': { S: 'open' }, ':low': { N: '-0.5' }, ':high': { N: '9' } },
    });
    expect(totals(output)).toEqual(['-0.5', '0', '9', '9']);
  });

  it('costs what it read of the index', async () => {
    const output = await query({ ...OPEN, ReturnConsumedCapacity: 'INDEXES' });
    expect(output.ConsumedCapacity).toEqual({
      TableName: 'orders',
      CapacityUnits: 0.5,
      Table: { CapacityUnits: 0 },
      GlobalSecondaryIndexes: { byStatus: { CapacityUnits: 0.5 } },
    });
  });
});

describe('a scan', () => {
  it('gives everything, page by page', async () => {
    const seen: unknown[] = [];
    let start: Item | undefined;
    do {
      const output = await dynamodb.client.send(
        new ScanCommand({ TableName: 'orders', Limit: 3, ...(start && { ExclusiveStartKey: start }) }),
      );
      seen.push(...(output.Items ?? []).map((item) => `${item['customer']?.S ?? ''}/${item['order']?.S ?? ''}`));
      start = output.LastEvaluatedKey;
    } while (start);
    expect(seen.toSorted()).toEqual(
      ITEMS.map((item) => `${item['customer']?.S ?? ''}/${item['order']?.S ?? ''}`).toSorted(),
    );
  });

  it('is the union of its segments', async () => {
    const segments = await Promise.all(
      [0, 1, 2].map((Segment) =>
        dynamodb.client.send(new ScanCommand({ TableName: 'orders', Segment, TotalSegments: 3 })),
      ),
    );
    expect(segments.flatMap((segment) => segment.Items ?? [])).toHaveLength(ITEMS.length);
    expect(segments.filter((segment) => segment.Count === ITEMS.length)).toEqual([]);
  });

  it('starts only within its segment', async () => {
    const scan = (Segment: number, start?: Item) =>
      dynamodb.client.send(
        new ScanCommand({
          TableName: 'orders',
          Segment,
          TotalSegments: 2,
          Limit: 1,
          ...(start && { ExclusiveStartKey: start }),
        }),
      );
    const { LastEvaluatedKey = {} } = await scan(0);
    await scan(0, LastEvaluatedKey);
    await expect(scan(1, LastEvaluatedKey)).rejects.toMatchObject({
      name: 'ValidationException',
      message:
        'The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment.',
    });
  });

  it('reads an index', async () => {
    const output = await dynamodb.client.send(new ScanCommand({ TableName: 'orders', IndexName: 'byStatus' }));
    expect(output.Count).toBe(9);
  });
});

describe('a page', () => {
  it('ends where it has read one megabyte', async () => {
    const text = { S: 'x'.repeat(300_000) };
    for (const name of ['1', '2', '3', '4', '5']) {
      const orders = [{ PutRequest: { Item: order('big', name, { text }) } }];
      await dynamodb.client.send(new BatchWriteItemCommand({ RequestItems: { orders } }));
    }
    const big = { ...CUSTOMER, ExpressionAttributeValues: { ':c': { S: 'big' } }, ConsistentRead: true };
    const paged = await pages({ ...big, ReturnConsumedCapacity: 'TOTAL' });
    expect(paged.map(names)).toEqual([['1', '2', '3', '4'], ['5']]);
    expect(paged[0]?.ConsumedCapacity).toEqual({ TableName: 'orders', CapacityUnits: 293 });
  });
});
