import { spawn } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { GetItemCommand, QueryCommand, ScanCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDynamoDb } from '../../../../local/aws/dynamodb/dynamodb.ts';
import { BROKER, ORDERS, REGION, startDynamoDb, temporaryDirectory } from './harness.ts';
import type { Harness } from './harness.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let copy: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  directory = await temporaryDirectory();
  copy = await temporaryDirectory();
});
afterEach(async () => {
  await directory.remove();
  await copy.remove();
});

const item = (order: string) => ({
  customer: { S: 'C' },
  order: { S: order },
  status: { S: 'open' },
  total: { N: order },
  expiresAt: { N: '1795251600' },
});

async function write({ client }: Harness, orders: readonly string[], ClientRequestToken?: string): Promise<void> {
  const TransactItems = orders.map((order) => ({ Put: { TableName: 'orders', Item: item(order) } }));
  await client.send(
    new TransactWriteItemsCommand({ TransactItems, ...(ClientRequestToken !== undefined && { ClientRequestToken }) }),
  );
}

async function indexed({ client }: Harness): Promise<(string | undefined)[]> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: 'orders',
      IndexName: 'byStatus',
      KeyConditionExpression: '#s = :s',
      ExpressionAttributeNames: { '#s': 'status' },
      ExpressionAttributeValues: { ':s': { S: 'open' } },
    }),
  );
  return Items.map(({ order }) => order?.S);
}

async function check(harness: Harness, orders: readonly string[]): Promise<void> {
  const { streamArn = '' } = await harness.db.createTable(BROKER, REGION, ORDERS);
  expect(await indexed(harness)).toEqual(orders);
  for (const order of orders) {
    const { Item } = await harness.client.send(
      new GetItemCommand({ TableName: 'orders', Key: { customer: { S: 'C' }, order: { S: order } } }),
    );
    expect(Item).toEqual(item(order));
  }
  const records = await harness.db.readStream(streamArn, undefined, 1000);
  expect(records.map(({ dynamodb }) => dynamodb.NewImage?.['order']?.S)).toEqual(orders);
}

describe('a restart', () => {
  it('finds items, indexes, streams, tokens and time to live as they were', async () => {
    const first = await startDynamoDb({ directory: directory.path });
    await first.db.createTable(BROKER, REGION, ORDERS);
    await write(first, ['1', '2'], 'token');
    const sequence = first.db.lastSequence();
    await first.stop();

    const second = await startDynamoDb({ directory: directory.path });
    await check(second, ['1', '2']);
    await write(second, ['1', '2'], 'token');
    expect(second.db.lastSequence()).toBe(sequence);
    await write(second, ['3']);
    await check(second, ['1', '2', '3']);
    second.now = 1_795_251_601_000;
    expect(await second.db.sweepTtl()).toBe(3);
    await second.stop();
  });

  it('gives a new table a place of its own', async () => {
    const first = await startDynamoDb({ directory: directory.path });
    await first.db.createTable(BROKER, REGION, ORDERS);
    await write(first, ['1']);
    await first.stop();

    const second = await startDynamoDb({ directory: directory.path });
    await second.db.createTable(BROKER, REGION, { ...ORDERS, TableName: 'other' });
    const scanned = async (TableName: string, IndexName?: string): Promise<unknown> =>
      (await second.client.send(new ScanCommand({ TableName, ...(IndexName !== undefined && { IndexName }) }))).Count;
    expect([await scanned('orders'), await scanned('orders', 'byStatus')]).toEqual([1, 1]);
    expect([await scanned('other'), await scanned('other', 'byStatus')]).toEqual([0, 0]);
    await second.stop();
  });

  it('goes on with sequence numbers after a stream was trimmed empty', async () => {
    const first = await startDynamoDb({ directory: directory.path });
    const { streamArn = '' } = await first.db.createTable(BROKER, REGION, ORDERS);
    await write(first, ['1']);
    const position = first.db.lastSequence();
    await first.db.trimStream(streamArn, position);
    await first.stop();

    const second = await startDynamoDb({ directory: directory.path });
    await write(second, ['2']);
    const records = await second.db.readStream(streamArn, position, 10);
    expect(records.map(({ dynamodb }) => dynamodb.NewImage?.['order']?.S)).toEqual(['2']);
    await second.stop();
  });

  it('needs no close: what was acknowledged is in the files', async () => {
    const first = await startDynamoDb({ directory: directory.path });
    await first.db.createTable(BROKER, REGION, ORDERS);
    await write(first, ['1', '2']);
    await write(first, ['3']);
    await cp(directory.path, copy.path, { recursive: true });
    await first.stop();

    const second = await startDynamoDb({ directory: copy.path });
    await check(second, ['1', '2', '3']);
    await second.stop();
  });

  it('survives kill -9 in the middle of writing', async () => {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', 'test/local/aws/dynamodb/endless-writer.ts', directory.path],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let acknowledged = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line);
      if (acknowledged === 200) child.kill('SIGKILL');
    }
    if (child.signalCode === null) await once(child, 'exit');
    expect(child.signalCode).toBe('SIGKILL');

    const second = await startDynamoDb({ directory: directory.path });
    const { streamArn = '' } = await second.db.createTable(BROKER, REGION, ORDERS);
    const found = await indexed(second);
    const records = await second.db.readStream(streamArn, undefined, 100_000);
    expect(found.length).toBeGreaterThanOrEqual(2 * acknowledged);
    // Each transaction wrote two items: none is there by half, in any of the table, the index and the stream.
    expect(found.length % 2).toBe(0);
    expect(records).toHaveLength(found.length);
    for (const order of found.slice(-2)) {
      const Key = { customer: { S: 'C' }, order: { S: order ?? '' } };
      expect((await second.client.send(new GetItemCommand({ TableName: 'orders', Key }))).Item).toBeDefined();
    }
    await second.stop();
  });

  it('is refused while another process has the directory', async () => {
    const first = await startDynamoDb({ directory: directory.path });
    await expect(createDynamoDb({ directory: directory.path, clock: () => 0 })).rejects.toMatchObject({
      code: 'LEVEL_DATABASE_NOT_OPEN',
      cause: { code: 'LEVEL_LOCKED' },
    });
    await first.stop();
  });
});
