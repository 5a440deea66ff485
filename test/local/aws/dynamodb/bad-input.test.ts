/** Whatever a caller sends is answered as AWS would: with a result or an error of AWS's, never with a crash. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDynamoDb } from '../../../../local/aws/dynamodb/dynamodb.ts';
import type { DynamoDb } from '../../../../local/aws/dynamodb/dynamodb.ts';
import { AwsError } from '../../../../local/aws/service.ts';
import { BROKER, callOf, ORDERS, REGION, START } from './harness.ts';

let db: DynamoDb;
beforeAll(async () => {
  db = await createDynamoDb({ clock: () => START });
  await db.createTable(BROKER, REGION, ORDERS);
});
afterAll(() => db.close());

const Key = { customer: { S: 'C' }, order: { S: 'O' } };
const names = { ExpressionAttributeNames: { '#s': 'status' } };
const values = { ExpressionAttributeValues: { ':v': { S: 'x' } } };
const write = { TableName: 'orders', Key, ...names, ...values, ConditionExpression: '#s <> :v' };

const REQUESTS: readonly (readonly [string, object])[] = [
  ['CreateTable', { ...ORDERS, BillingMode: 'PAY_PER_REQUEST' }],
  ['DescribeTable', { TableName: 'orders' }],
  ['ListTables', { Limit: 1, ExclusiveStartTableName: 'aaa' }],
  ['UpdateTimeToLive', { TableName: 'orders', TimeToLiveSpecification: { AttributeName: 'a', Enabled: true } }],
  ['GetItem', { TableName: 'orders', Key, ProjectionExpression: 'a.b[0], #s', ...names }],
  ['PutItem', { TableName: 'orders', Item: { ...Key, l: { L: [{ M: { n: { N: '1' } } }] }, s: { SS: ['a'] } } }],
  ['UpdateItem', { ...write, UpdateExpression: 'SET a.b = :v, l[1] = if_not_exists(l[0], :v) REMOVE z ADD n :v' }],
  ['DeleteItem', write],
  [
    'Query',
    {
      TableName: 'orders',
      IndexName: 'byStatus',
      KeyConditionExpression: '#s = :v',
      ...names,
      ...values,
      Limit: 1,
      ExclusiveStartKey: { ...Key, status: { S: 'x' }, total: { N: '1' } },
      Select: 'COUNT',
    },
  ],
  ['Scan', { TableName: 'orders', Segment: 0, TotalSegments: 2, FilterExpression: '#s = :v', ...names, ...values }],
  ['BatchGetItem', { RequestItems: { orders: { Keys: [Key], ProjectionExpression: 'a' } } }],
  ['BatchWriteItem', { RequestItems: { orders: [{ PutRequest: { Item: Key } }, { DeleteRequest: { Key } }] } }],
  [
    'TransactWriteItems',
    { TransactItems: [{ Put: { TableName: 'orders', Item: Key } }, { Delete: write }], ClientRequestToken: 't' },
  ],
  ['TransactGetItems', { TransactItems: [{ Get: { TableName: 'orders', Key } }] }],
  ['ExecuteStatement', { Statement: 'SELECT * FROM orders' }],
  ['ExecuteTransaction', { TransactStatements: [{ Statement: 'UPDATE orders SET a=1' }] }],
];

/** Places in a JSON value. */
function paths(value: unknown, here: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [here];
  return [here, ...Object.entries(value).flatMap(([name, member]) => paths(member, [...here, name]))];
}

function replaced(value: unknown, [step, ...rest]: readonly string[], replacement: unknown): unknown {
  if (step === undefined || typeof value !== 'object' || value === null) return replacement;
  const copy: Record<string, unknown> = { ...value };
  const member = replaced(copy[step], rest, replacement);
  const entries = Object.entries(copy).map(([name, old]) => [name, name === step ? member : old] as const);
  return Array.isArray(value) ? entries.map(([, each]) => each) : Object.fromEntries(entries);
}

const junk = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    0,
    -1,
    1.5,
    true,
    [],
    {},
    [null],
    { S: null },
    { N: 'x' },
    { M: {} },
    { L: [null] },
  ),
  fc.constantFrom('a[9999999999]', '#s', ':v = :v', 'SET a = :v, a.b = :v', 'SET '.repeat(50), 'size(size(a)) = :v'),
  fc.jsonValue(),
);

it.each(REQUESTS)('%s', async (name, request) => {
  const operation = db.operations[name];
  const places = paths(request);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places), junk, async (place, value) => {
      const input = replaced(request, place, value);
      // The protocol lets objects through and nothing else.
      fc.pre(typeof input === 'object' && input !== null && !Array.isArray(input));
      try {
        await operation?.access(input as never, callOf(BROKER));
        await operation?.handle(input as never, callOf(BROKER));
      } catch (error) {
        expect(error).toBeInstanceOf(AwsError);
      }
    }),
    { numRuns: 300 },
  );
});
