import {
  DeleteItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BROKER, ORDERS, REGION, startDynamoDb, START } from './harness.ts';
import type { Harness } from './harness.ts';

let dynamodb: Harness;
let stream: string;

beforeEach(async () => {
  dynamodb = await startDynamoDb();
  stream = (await dynamodb.db.createTable(BROKER, REGION, ORDERS)).streamArn ?? '';
});
afterEach(() => dynamodb.stop());

const key = (order: string) => ({ customer: { S: 'C' }, order: { S: order } });
const put = (order: string, n: string): Promise<unknown> =>
  dynamodb.client.send(new PutItemCommand({ TableName: 'orders', Item: { ...key(order), n: { N: n } } }));

describe('a stream', () => {
  it('records what was, what is, and in which order', async () => {
    await put('a', '1');
    await put('a', '2');
    await dynamodb.client.send(new DeleteItemCommand({ TableName: 'orders', Key: key('a') }));
    const [inserted, modified, removed, ...more] = await dynamodb.db.readStream(stream, undefined, 10);
    expect(more).toEqual([]);
    const one = { ...key('a'), n: { N: '1' } };
    const two = { ...key('a'), n: { N: '2' } };
    expect(inserted).toEqual({
      eventID: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: REGION,
      dynamodb: {
        ApproximateCreationDateTime: START / 1000,
        Keys: key('a'),
        NewImage: one,
        SequenceNumber: '100000000000000000001',
        SizeBytes: 33,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
      eventSourceARN: stream,
    });
    expect(modified).toMatchObject({ eventName: 'MODIFY', dynamodb: { OldImage: one, NewImage: two } });
    expect(removed).toMatchObject({ eventName: 'REMOVE', dynamodb: { Keys: key('a'), OldImage: two } });
    expect(removed?.dynamodb).not.toHaveProperty('NewImage');
    expect(dynamodb.streams).toEqual([stream, stream, stream]);
  });

  it('records nothing where nothing changed', async () => {
    await put('a', '1');
    await put('a', '1.0');
    await dynamodb.client.send(new DeleteItemCommand({ TableName: 'orders', Key: key('absent') }));
    const check = { TableName: 'orders', Key: key('a'), ConditionExpression: 'attribute_exists(customer)' };
    await dynamodb.client.send(new TransactWriteItemsCommand({ TransactItems: [{ ConditionCheck: check }] }));
    const failed = dynamodb.client.send(
      new UpdateItemCommand({
        TableName: 'orders',
        Key: key('a'),
        UpdateExpression: 'REMOVE n',
        ConditionExpression: 'attribute_not_exists(customer)',
      }),
    );
    await expect(failed).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    expect(await dynamodb.db.readStream(stream, undefined, 10)).toHaveLength(1);
    expect(dynamodb.streams).toEqual([stream]);
  });

  it('is read on from a position, and forgets what is trimmed', async () => {
    for (const n of ['1', '2', '3', '4']) await put('a', n);
    const numbers = async (after?: string, limit = 10): Promise<string[]> =>
      (await dynamodb.db.readStream(stream, after, limit)).map(({ dynamodb: record }) => record.SequenceNumber);
    const all = await numbers();
    expect(all).toHaveLength(4);
    expect(await numbers(undefined, 2)).toEqual(all.slice(0, 2));
    expect(await numbers(all[1], 1)).toEqual(all.slice(2, 3));
    expect(await numbers(dynamodb.db.lastSequence())).toEqual([]);
    await dynamodb.db.trimStream(stream, all[1] ?? '');
    expect(await numbers()).toEqual(all.slice(2));
    await dynamodb.db.trimStream(stream, dynamodb.db.lastSequence());
    await put('a', '5');
    expect(Number((await numbers())[0]?.slice(1))).toBe(5);
  });

  it.each([
    ['KEYS_ONLY', false, false],
    ['NEW_IMAGE', true, false],
    ['OLD_IMAGE', false, true],
  ] as const)('shows no more than %s', async (StreamViewType, showsNew, showsOld) => {
    const definition = { ...ORDERS, TableName: 'other', StreamSpecification: { StreamViewType } };
    const { streamArn = '' } = await dynamodb.db.createTable(BROKER, REGION, definition);
    for (const n of ['1', '2']) {
      const Item = { ...key('a'), n: { N: n } };
      await dynamodb.client.send(new PutItemCommand({ TableName: 'other', Item }));
    }
    const [, modified] = await dynamodb.db.readStream(streamArn, undefined, 10);
    expect('NewImage' in (modified?.dynamodb ?? {})).toBe(showsNew);
    expect('OldImage' in (modified?.dynamodb ?? {})).toBe(showsOld);
  });

  it('is not there for a table without one', async () => {
    const { StreamSpecification: _, ...silent } = ORDERS;
    expect(await dynamodb.db.createTable(BROKER, REGION, { ...silent, TableName: 'silent' })).not.toHaveProperty(
      'streamArn',
    );
    await expect(dynamodb.db.readStream(stream.replace('orders', 'silent'), undefined, 1)).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
  });
});

describe('time to live', () => {
  const second = START / 1000;
  const expiring = (order: string, expiresAt: string): Promise<unknown> =>
    dynamodb.client.send(
      new PutItemCommand({ TableName: 'orders', Item: { ...key(order), expiresAt: { N: expiresAt } } }),
    );

  it('deletes what is over, and says in the stream that it was not a caller', async () => {
    await expiring('over', String(second - 1));
    await expiring('now', String(second));
    await expiring('later', String(second + 60));
    await expiring('ancient', '1000');
    await put('never', '1');
    const before = dynamodb.db.lastSequence();
    expect(await dynamodb.db.sweepTtl()).toBe(1);
    expect(await dynamodb.db.readStream(stream, before, 10)).toMatchObject([
      {
        eventName: 'REMOVE',
        dynamodb: { Keys: key('over') },
        userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
      },
    ]);
    expect(await dynamodb.db.sweepTtl()).toBe(0);
    dynamodb.now += 61_000;
    expect(await dynamodb.db.sweepTtl()).toBe(2);
  });

  it('goes by the last value', async () => {
    await expiring('extended', String(second - 1));
    await expiring('extended', String(second + 3600));
    await expiring('lifted', String(second - 1));
    await put('lifted', '1');
    await dynamodb.client.send(
      new PutItemCommand({ TableName: 'orders', Item: { ...key('text'), expiresAt: { S: '1' } } }),
    );
    expect(await dynamodb.db.sweepTtl()).toBe(0);
  });

  it('gets through more than one batch', async () => {
    for (let i = 0; i < 250; i += 1) await expiring(String(i), String(second - 100 - i));
    expect(await dynamodb.db.sweepTtl()).toBe(250);
  });
});
