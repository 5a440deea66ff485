import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { KEY, oneItem } from './oneItem.ts';
import type { Item } from './oneItem.ts';

const orders = oneItem();

describe('items', () => {
  it('come back as they were put, in every type', async () => {
    const item: Item = {
      string: { S: 'ä€😀' },
      empty: { S: '' },
      number: { N: '-1.5' },
      binary: { B: new Uint8Array([0, 255, 7]) },
      yes: { BOOL: true },
      no: { BOOL: false },
      nothing: { NULL: true },
      strings: { SS: ['a', 'b'] },
      numbers: { NS: ['1', '2.5'] },
      binaries: { BS: [new Uint8Array([1]), new Uint8Array([2])] },
      list: { L: [{ S: 'x' }, { L: [] }] },
      map: { M: { deep: { M: { er: { N: '1' } } } } },
    };
    await orders.put(item);
    expect(await orders.get()).toEqual({ ...KEY, ...item });
  });

  it('normalise numbers', async () => {
    await orders.put({ n: { N: '001.500e2' } });
    expect(await orders.get()).toEqual({ ...KEY, n: { N: '150' } });
  });

  it('are absent without an error', async () => {
    expect(await orders.get()).toBeUndefined();
  });

  it('are replaced whole by a put, which returns the old one when asked', async () => {
    await orders.put({ a: { S: '1' } });
    const command = new PutItemCommand({
      TableName: 'orders',
      Item: { ...KEY, b: { S: '2' } },
      ReturnValues: 'ALL_OLD',
    });
    const { Attributes } = await orders.client.send(command);
    expect(Attributes).toEqual({ ...KEY, a: { S: '1' } });
    expect(await orders.get()).toEqual({ ...KEY, b: { S: '2' } });
  });

  it('show only what a projection names, in order', async () => {
    await orders.put({ a: { M: { b: { N: '1' }, c: { N: '2' } } }, l: { L: [{ N: '0' }, { N: '1' }, { N: '2' }] } });
    const { Item } = await orders.client.send(
      new GetItemCommand({
        TableName: 'orders',
        Key: KEY,
        ProjectionExpression: 'a.b, l[2], l[0], #n.deep, toString',
        ExpressionAttributeNames: { '#n': 'nothing' },
      }),
    );
    expect(Item).toEqual({ a: { M: { b: { N: '1' } } }, l: { L: [{ N: '0' }, { N: '2' }] } });
  });
});

describe('refusals', () => {
  it.each<[string, Item, string]>([
    [
      'no sort key',
      { customer: { S: 'C' } },
      'One or more parameter values were invalid: Missing the key order in the item',
    ],
    [
      'a key of another type',
      { customer: { S: 'C' }, order: { N: '1' } },
      'One or more parameter values were invalid: Type mismatch for key order expected: S actual: N',
    ],
    [
      'an empty key',
      { customer: { S: '' }, order: { S: 'O' } },
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: customer',
    ],
    [
      'an index key of another type',
      { ...KEY, status: { N: '1' } },
      'One or more parameter values were invalid: Type mismatch for Index Key status Expected: S Actual: N IndexName: byStatus',
    ],
    [
      'too large an item',
      { ...KEY, big: { S: 'x'.repeat(400 * 1024) } },
      'Item size has exceeded the maximum allowed size',
    ],
    [
      'too long a partition key',
      { ...KEY, customer: { S: 'x'.repeat(2049) } },
      'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes',
    ],
    [
      'an empty set',
      { ...KEY, s: { SS: [] } },
      'One or more parameter values were invalid: An string set  may not be empty',
    ],
    [
      'too precise a number',
      { ...KEY, n: { N: '1'.repeat(39) } },
      'Attempting to store more than 38 significant digits in a Number',
    ],
  ])('%s', async (_, item, message) => {
    const sent = orders.client.send(new PutItemCommand({ TableName: 'orders', Item: item }));
    await expect(sent).rejects.toMatchObject({ name: 'ValidationException', message });
  });

  it('an attribute that would be an object’s prototype', async () => {
    const item = JSON.parse('{"customer":{"S":"C"},"order":{"S":"O"},"__proto__":{"S":"x"}}') as Item;
    const response = await fetch(orders.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'DynamoDB_20120810.PutItem' },
      body: JSON.stringify({ TableName: 'orders', Item: item }),
    });
    expect(await response.json()).toMatchObject({ __type: 'ValidationException' });
    const named = orders.update({
      UpdateExpression: 'SET #p = :v',
      ExpressionAttributeNames: { '#p': '__proto__' },
      ExpressionAttributeValues: { ':v': { S: 'x' } },
    });
    await expect(named).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('a table that is not there', async () => {
    const sent = orders.client.send(new GetItemCommand({ TableName: 'elsewhere', Key: KEY }));
    await expect(sent).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Requested resource not found',
    });
  });

  it('parameters from before expressions', async () => {
    const sent = orders.client.send(
      new PutItemCommand({ TableName: 'orders', Item: KEY, Expected: { customer: { Exists: false } } }),
    );
    await expect(sent).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Expected: not supported by the local DynamoDB; use an expression',
    });
  });

  it('values nested too deep', async () => {
    let deep: AttributeValue = { S: 'x' };
    for (let i = 0; i < 40; i += 1) deep = { L: [deep] };
    await expect(orders.put({ deep })).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Nesting Levels have exceeded supported limits',
    });
  });
});

describe('consumed capacity', () => {
  it.each<[string, number, boolean, number]>([
    ['a missing item, eventually', -1, false, 0.5],
    ['a missing item, strongly', -1, true, 1],
    ['4 KB, eventually', 4000, false, 0.5],
    ['9 KB, strongly', 9000, true, 3],
  ])('of reading %s', async (_, size, ConsistentRead, units) => {
    if (size >= 0) await orders.put({ text: { S: 'x'.repeat(size) } });
    const { ConsumedCapacity } = await orders.client.send(
      new GetItemCommand({ TableName: 'orders', Key: KEY, ConsistentRead, ReturnConsumedCapacity: 'INDEXES' }),
    );
    expect(ConsumedCapacity).toEqual({ TableName: 'orders', CapacityUnits: units, Table: { CapacityUnits: units } });
  });

  it('of writing counts the larger item, and index entries that change or move', async () => {
    const write = async (item: Item): Promise<unknown> => {
      const command = new PutItemCommand({
        TableName: 'orders',
        Item: { ...KEY, ...item },
        ReturnConsumedCapacity: 'INDEXES',
      });
      return (await orders.client.send(command)).ConsumedCapacity;
    };
    const indexed = { status: { S: 'open' }, total: { N: '1' } };
    const units = (table: number, index?: number): object => ({
      TableName: 'orders',
      CapacityUnits: table + (index ?? 0),
      Table: { CapacityUnits: table },
      ...(index !== undefined && { GlobalSecondaryIndexes: { byStatus: { CapacityUnits: index } } }),
    });
    expect(await write({ text: { S: 'x'.repeat(2500) } })).toEqual(units(3));
    expect(await write(indexed)).toEqual(units(3, 1));
    expect(await write({ ...indexed, unprojected: { S: 'x' } })).toEqual(units(1));
    expect(await write({ ...indexed, total: { N: '2' } })).toEqual(units(1, 2));
    expect(await write({ ...indexed, total: { N: '2' }, note: { S: 'x' } })).toEqual(units(1, 1));
  });
});
