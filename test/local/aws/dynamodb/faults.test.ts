import {
  GetItemCommand,
  PutItemCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../../../local/aws/dynamodb/faults.ts';
import { BROKER, ORDERS, REGION, startDynamoDb } from './harness.ts';
import type { Harness } from './harness.ts';

const Key = { customer: { S: 'C' }, order: { S: 'O' } };
const TABLE = { TableName: 'orders' };
const TransactItems = [{ Put: { ...TABLE, Item: Key } }, { Delete: { ...TABLE, Key: { ...Key, order: { S: 'P' } } } }];

let dynamodb: Harness | undefined;
afterEach(() => dynamodb?.stop());

/** Each call meets the next fault of the list; the calls that were asked about are noted. */
async function start(faults: Fault[], asked: string[] = []): Promise<Harness> {
  dynamodb = await startDynamoDb({
    faults: async (operation, table) => {
      asked.push(`${operation} ${table}`);
      return faults.shift() ?? 'none';
    },
  });
  await dynamodb.db.createTable(BROKER, REGION, ORDERS);
  return dynamodb;
}

async function stored({ client }: Harness): Promise<boolean> {
  return (await client.send(new GetItemCommand({ ...TABLE, Key }))).Item !== undefined;
}

describe('a fault', () => {
  it('is asked for with the operation and the table', async () => {
    const asked: string[] = [];
    const { client } = await start([], asked);
    await client.send(new TransactWriteItemsCommand({ TransactItems }));
    expect(asked).toEqual(['TransactWriteItems orders']);
  });

  it('throttles', async () => {
    const harness = await start(['throttle']);
    await expect(harness.client.send(new PutItemCommand({ ...TABLE, Item: Key }))).rejects.toMatchObject({
      name: 'ProvisionedThroughputExceededException',
    });
    expect(await stored(harness)).toBe(false);
  });

  it('is a conflict to a write, and nothing to a read', async () => {
    const harness = await start(['conflict', 'conflict']);
    await expect(harness.client.send(new PutItemCommand({ ...TABLE, Item: Key }))).rejects.toMatchObject({
      name: 'TransactionConflictException',
    });
    expect(await stored(harness)).toBe(false);
  });

  it('cancels a transaction with a reason for each action', async () => {
    const harness = await start(['conflict', 'none', 'conflict']);
    const reason = { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' };
    await expect(harness.client.send(new TransactWriteItemsCommand({ TransactItems }))).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [reason, reason],
    });
    expect(await stored(harness)).toBe(false);
    const read = new TransactGetItemsCommand({ TransactItems: [{ Get: { ...TABLE, Key } }] });
    await expect(harness.client.send(read)).rejects.toMatchObject({ CancellationReasons: [reason] });
  });

  it.each<[Fault, boolean]>([
    ['timeoutBefore', false],
    ['timeoutAfter', true],
  ])('%s drops the answer', async (fault, applied) => {
    const harness = await start([fault]);
    await expect(harness.client.send(new PutItemCommand({ ...TABLE, Item: Key }))).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
    expect(await stored(harness)).toBe(applied);
  });

  it('leaves a transaction that was applied to its token', async () => {
    const { client, db } = await start(['timeoutAfter']);
    const command = new TransactWriteItemsCommand({ TransactItems, ClientRequestToken: 'again' });
    await expect(client.send(command)).rejects.toMatchObject({ code: 'ECONNRESET' });
    const sequence = db.lastSequence();
    await client.send(command);
    expect(db.lastSequence()).toBe(sequence);
  });
});
