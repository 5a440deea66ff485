/** The local DynamoDB behind the real endpoint: what a policy on one customer's items lets through. */
import {
  BatchGetItemCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDynamoDb } from '../../../../local/aws/dynamodb/dynamodb.ts';
import type { DynamoDb } from '../../../../local/aws/dynamodb/dynamodb.ts';
import { functionCredentials, startLocalAws } from '../harness.ts';
import type { Harness } from '../harness.ts';
import { BROKER, ORDERS, REGION, SHOP, START } from './harness.ts';

const TABLE = `arn:aws:dynamodb:${REGION}:${BROKER}:table/orders`;
const TableName = 'orders';
const key = (customer: string) => ({ customer: { S: customer }, order: { S: 'O' } });

let aws: Harness;
let db: DynamoDb;
let reader: DynamoDBClient;
let owner: DynamoDBClient;

beforeAll(async () => {
  db = await createDynamoDb({ clock: () => START });
  await db.createTable(BROKER, REGION, ORDERS);
  aws = await startLocalAws({ services: [db] });
  const ofC42 = {
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['C-42'] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  };
  const Action = ['dynamodb:*'];
  const onlyC42 = { Effect: 'Allow', Action, Resource: [TABLE, `${TABLE}/index/*`], Condition: ofC42 };
  reader = new DynamoDBClient(aws.client(await functionCredentials(aws, 'reader', onlyC42)));
  const all = { Effect: 'Allow', Action, Resource: `${TABLE}*` };
  owner = new DynamoDBClient(aws.client(await functionCredentials(aws, 'owner', all)));
  for (const customer of ['C-42', 'C-43']) await owner.send(new PutItemCommand({ TableName, Item: key(customer) }));
});
afterAll(async () => {
  reader.destroy();
  owner.destroy();
  await aws.stop();
});

const ofCustomer = (customer: string) => ({
  TableName,
  KeyConditionExpression: 'customer = :c',
  ExpressionAttributeValues: { ':c': { S: customer } },
});

describe('one customer’s items', () => {
  it('are read and written', async () => {
    expect((await reader.send(new QueryCommand(ofCustomer('C-42')))).Items).toEqual([key('C-42')]);
    expect((await reader.send(new GetItemCommand({ TableName, Key: key('C-42') }))).Item).toEqual(key('C-42'));
    const TransactItems = [{ Put: { TableName, Item: key('C-42') } }];
    await reader.send(new TransactWriteItemsCommand({ TransactItems }));
  });

  it.each<[string, () => Promise<unknown>]>([
    ['another customer’s', () => reader.send(new QueryCommand(ofCustomer('C-43')))],
    ['another customer’s one', () => reader.send(new GetItemCommand({ TableName, Key: key('C-43') }))],
    ['all', () => reader.send(new ScanCommand({ TableName }))],
    ['a filtered scan', () => reader.send(new ScanCommand({ ...ofScan('C-42'), TableName }))],
    [
      'an index by that customer’s name',
      () => reader.send(new QueryCommand({ ...ofCustomer('C-42'), IndexName: 'byStatus' })),
    ],
    [
      'PartiQL',
      () => reader.send(new ExecuteStatementCommand({ Statement: "SELECT * FROM orders WHERE customer='C-42'" })),
    ],
    [
      'a batch with another’s',
      () => reader.send(new BatchGetItemCommand({ RequestItems: { orders: { Keys: [key('C-42'), key('C-43')] } } })),
    ],
    [
      'a transaction with another’s',
      () =>
        reader.send(
          new TransactGetItemsCommand({
            TransactItems: [{ Get: { TableName, Key: key('C-42') } }, { Get: { TableName, Key: key('C-43') } }],
          }),
        ),
    ],
    [
      'a check of another’s',
      () =>
        reader.send(
          new TransactWriteItemsCommand({
            TransactItems: [
              { Put: { TableName, Item: key('C-42') } },
              { ConditionCheck: { TableName, Key: key('C-43'), ConditionExpression: 'attribute_exists(customer)' } },
            ],
          }),
        ),
    ],
    ['a table that is not there', () => reader.send(new GetItemCommand({ TableName: 'nowhere', Key: key('C-42') }))],
    [
      'another account’s table',
      () => reader.send(new GetItemCommand({ TableName: TABLE.replace(BROKER, SHOP), Key: key('C-42') })),
    ],
  ])('are not %s', async (_, call) => {
    await expect(call()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(aws.errors).toEqual([]);
  });

  it('are no limit to who has all', async () => {
    expect((await owner.send(new ScanCommand({ TableName }))).Count).toBe(2);
  });
});

const ofScan = (customer: string) => ({
  FilterExpression: 'customer = :c',
  ExpressionAttributeValues: { ':c': { S: customer } },
});
