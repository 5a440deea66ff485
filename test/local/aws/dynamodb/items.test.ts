import { DeleteItemCommand, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { AttributeValue, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BROKER, ORDERS, REGION, startDynamoDb } from './harness.ts';
import type { Harness } from './harness.ts';

type Item = Record<string, AttributeValue>;

const KEY: Item = { customer: { S: 'C-42' }, order: { S: 'O-1' } };
let dynamodb: Harness;

beforeAll(async () => {
  dynamodb = await startDynamoDb();
  await dynamodb.db.createTable(BROKER, REGION, ORDERS);
});
afterAll(() => dynamodb.stop());
beforeEach(async () => {
  await dynamodb.client.send(new DeleteItemCommand({ TableName: 'orders', Key: KEY }));
});

async function put(item: Item): Promise<void> {
  await dynamodb.client.send(new PutItemCommand({ TableName: 'orders', Item: { ...KEY, ...item } }));
}

async function get(): Promise<Item | undefined> {
  const { Item } = await dynamodb.client.send(
    new GetItemCommand({ TableName: 'orders', Key: KEY, ConsistentRead: true }),
  );
  return Item;
}

function update(input: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>): Promise<Item | undefined> {
  return dynamodb.client
    .send(new UpdateItemCommand({ TableName: 'orders', Key: KEY, ...input }))
    .then((output) => output.Attributes);
}

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
    await put(item);
    expect(await get()).toEqual({ ...KEY, ...item });
  });

  it('normalise numbers', async () => {
    await put({ n: { N: '001.500e2' } });
    expect(await get()).toEqual({ ...KEY, n: { N: '150' } });
  });

  it('are absent without an error', async () => {
    expect(await get()).toBeUndefined();
  });

  it('are replaced whole by a put, which returns the old one when asked', async () => {
    await put({ a: { S: '1' } });
    const command = new PutItemCommand({
      TableName: 'orders',
      Item: { ...KEY, b: { S: '2' } },
      ReturnValues: 'ALL_OLD',
    });
    const { Attributes } = await dynamodb.client.send(command);
    expect(Attributes).toEqual({ ...KEY, a: { S: '1' } });
    expect(await get()).toEqual({ ...KEY, b: { S: '2' } });
  });

  it('show only what a projection names, in order', async () => {
    await put({ a: { M: { b: { N: '1' }, c: { N: '2' } } }, l: { L: [{ N: '0' }, { N: '1' }, { N: '2' }] } });
    const { Item } = await dynamodb.client.send(
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
    const sent = dynamodb.client.send(new PutItemCommand({ TableName: 'orders', Item: item }));
    await expect(sent).rejects.toMatchObject({ name: 'ValidationException', message });
  });

  it('an attribute that would be an object’s prototype', async () => {
    const item = JSON.parse('{"customer":{"S":"C"},"order":{"S":"O"},"__proto__":{"S":"x"}}') as Item;
    const response = await fetch(dynamodb.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'DynamoDB_20120810.PutItem' },
      body: JSON.stringify({ TableName: 'orders', Item: item }),
    });
    expect(await response.json()).toMatchObject({ __type: 'ValidationException' });
    const named = update({
      UpdateExpression: 'SET #p = :v',
      ExpressionAttributeNames: { '#p': '__proto__' },
      ExpressionAttributeValues: { ':v': { S: 'x' } },
    });
    await expect(named).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('a table that is not there', async () => {
    const sent = dynamodb.client.send(new GetItemCommand({ TableName: 'elsewhere', Key: KEY }));
    await expect(sent).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Requested resource not found',
    });
  });

  it('parameters from before expressions', async () => {
    const sent = dynamodb.client.send(
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
    await expect(put({ deep })).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Nesting Levels have exceeded supported limits',
    });
  });
});

const DOCUMENT: Item = {
  n: { N: '5' },
  s: { S: 'äb' },
  b: { BOOL: false },
  bin: { B: new Uint8Array([1, 2, 3]) },
  ss: { SS: ['a', 'b'] },
  ns: { NS: ['1', '2'] },
  l: { L: [{ S: 'x' }, { M: { k: { N: '1' } } }] },
  m: { M: { k: { L: [{ N: '1' }] } } },
  same: { M: { k: { L: [{ N: '1' }] } } },
};

describe('a condition', () => {
  beforeEach(() => put(DOCUMENT));

  const values: Item = {
    ':five': { N: '5.0' },
    ':four': { N: '4' },
    ':six': { N: '6' },
    ':a': { S: 'a' },
    ':b': { S: 'b' },
    ':aUmlaut': { S: 'ä' },
    ':false': { BOOL: false },
    ':setBa': { SS: ['b', 'a'] },
    ':map': { M: { k: { L: [{ N: '1' }] } } },
    ':inner': { M: { k: { N: '1' } } },
    ':start': { B: new Uint8Array([1, 2]) },
    ':typeN': { S: 'N' },
    ':typeBool': { S: 'BOOL' },
    ':three': { N: '3' },
    ':two': { N: '2' },
    ':private': { S: '\uffff' },
    ':astral': { S: '😀' },
  };

  it.each<[string, boolean]>([
    ['n = :five', true],
    ['n <> :five', false],
    ['n > :four AND n < :six', true],
    ['n BETWEEN :four AND :six', true],
    ['n IN (:four, :five)', true],
    ['n IN (:four, :a)', false],
    ['NOT n = :four', true],
    ['n = :four OR s = :a', false],
    ['n > :a', false],
    ['absent > :four', false],
    ['absent = :four', false],
    ['absent <> :four', true],
    ['b = :false', true],
    ['b IN (:false)', true],
    ['attribute_exists(b)', true],
    ['attribute_type(b, :typeBool)', true],
    ['attribute_type(n, :typeN)', true],
    ['attribute_type(s, :typeN)', false],
    ['attribute_exists(absent)', false],
    ['attribute_not_exists(absent)', true],
    ['attribute_not_exists(m.k[1])', true],
    ['attribute_exists(m.k[0])', true],
    ['attribute_exists(toString)', false],
    ['begins_with(s, :aUmlaut)', true],
    ['begins_with(s, :b)', false],
    ['begins_with(bin, :start)', true],
    ['contains(s, :b)', true],
    ['contains(ss, :a)', true],
    ['contains(ns, :two)', true],
    ['contains(l, :inner)', true],
    ['contains(l, :a)', false],
    ['contains(bin, :start)', true],
    ['size(s) = :three', true],
    ['size(bin) = :three', true],
    ['size(ss) = :two', true],
    ['size(l) > :two', false],
    ['ss = :setBa', true],
    ['m = :map', true],
    ['m = same', true],
    ['m <> same', false],
    ['l[1] = :inner', true],
    [':private < :astral', true],
  ])('%s is %s', async (condition, holds) => {
    const used = Object.fromEntries(
      Object.entries(values).filter(([name]) => new RegExp(`${name}\\b`).test(condition)),
    );
    const attempt = update({
      UpdateExpression: 'SET touched = n',
      ConditionExpression: condition,
      ...(Object.keys(used).length > 0 && { ExpressionAttributeValues: used }),
    });
    if (holds) await expect(attempt).resolves.toBeUndefined();
    else {
      await expect(attempt).rejects.toMatchObject({
        name: 'ConditionalCheckFailedException',
        message: 'The conditional request failed',
      });
    }
    expect((await get())?.['touched'] !== undefined).toBe(holds);
  });

  it.each([
    ['PutItem', () => new PutItemCommand({ TableName: 'orders', Item: KEY, ...FAILS })],
    [
      'UpdateItem',
      () => new UpdateItemCommand({ TableName: 'orders', Key: KEY, UpdateExpression: 'REMOVE n', ...FAILS }),
    ],
    ['DeleteItem', () => new DeleteItemCommand({ TableName: 'orders', Key: KEY, ...FAILS })],
  ])('of %s shows the item that failed it when asked', async (_, command) => {
    const sent = dynamodb.client.send(command() as PutItemCommand);
    await expect(sent).rejects.toMatchObject({ name: 'ConditionalCheckFailedException', Item: { n: { N: '5' } } });
  });

  it('shows no item unasked', async () => {
    const { ReturnValuesOnConditionCheckFailure: _, ...unasked } = FAILS;
    const sent = dynamodb.client.send(new DeleteItemCommand({ TableName: 'orders', Key: KEY, ...unasked }));
    await expect(sent).rejects.toMatchObject({ name: 'ConditionalCheckFailedException', Item: undefined });
  });
});

const FAILS = {
  ConditionExpression: 'attribute_not_exists(customer)',
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
} as const;

describe('an update', () => {
  beforeEach(() => put(DOCUMENT));

  it.each<[string, Item, Item]>([
    ['SET n = n + :one, s = if_not_exists(s, :x)', { n: { N: '6' } }, {}],
    ['SET n = :one - n', { n: { N: '-4' } }, {}],
    ['SET fresh = if_not_exists(fresh, :one) + :one', { fresh: { N: '2' } }, {}],
    ['SET twin = m.k[0], m.k[0] = :x', { twin: { N: '1' }, m: { M: { k: { L: [{ S: 'x' }] } } } }, {}],
    ['SET l = list_append(:list, l)', { l: { L: [{ S: 'x' }, { S: 'x' }, { M: { k: { N: '1' } } }] } }, {}],
    ['SET l[9] = :one, l[7] = :x', { l: { L: [{ S: 'x' }, { M: { k: { N: '1' } } }, { S: 'x' }, { N: '1' }] } }, {}],
    ['SET m.fresh = :x REMOVE n', { m: { M: { k: { L: [{ N: '1' }] }, fresh: { S: 'x' } } } }, { n: { N: '5' } }],
    ['REMOVE l[0], l[1]', { l: { L: [] } }, {}],
    ['REMOVE absent, l[8]', {}, {}],
    ['ADD n :one, ss :more, tally :one', { n: { N: '6' }, ss: { SS: ['a', 'b', 'c'] }, tally: { N: '1' } }, {}],
    ['DELETE ss :more', { ss: { SS: ['a'] } }, {}],
    ['DELETE ss :all', {}, { ss: { SS: ['a', 'b'] } }],
    ['DELETE absent :all', {}, {}],
    // Right sides read the item as it was.
    ['SET n = s, s = n', { n: { S: 'äb' }, s: { N: '5' } }, {}],
  ])('%s', async (expression, changed, removed) => {
    const values: Item = {
      ':one': { N: '1' },
      ':x': { S: 'x' },
      ':list': { L: [{ S: 'x' }] },
      ':more': { SS: ['b', 'c'] },
      ':all': { SS: ['a', 'b'] },
    };
    const used = Object.fromEntries(
      Object.entries(values).filter(([name]) => new RegExp(`${name}\\b`).test(expression)),
    );
    const all = await update({
      UpdateExpression: expression,
      ReturnValues: 'ALL_NEW',
      ...(Object.keys(used).length > 0 && { ExpressionAttributeValues: used }),
    });
    const expected: Item = { ...KEY, ...DOCUMENT, ...changed };
    for (const name of Object.keys(removed)) Reflect.deleteProperty(expected, name);
    if (expression.startsWith('DELETE ss :more')) expected['ss'] = { SS: ['a'] };
    expect(all).toEqual(expected);
    expect(await get()).toEqual(expected);
  });

  it.each<[string, string]>([
    ['SET n = s + :one', 'An operand in the update expression has an incorrect data type'],
    ['SET n = absent', 'The provided expression refers to an attribute that does not exist in the item'],
    ['SET absent.deep = :one', 'The document path provided in the update expression is invalid for update'],
    ['SET n.deep = :one', 'The document path provided in the update expression is invalid for update'],
    ['ADD s :one', 'An operand in the update expression has an incorrect data type'],
    [
      'SET n = :huge + :huge',
      'Number overflow. Attempting to store a number with magnitude larger than supported range',
    ],
    ['SET n = :long + :one', 'Attempting to store more than 38 significant digits in a Number'],
    [
      'SET customer = :one',
      'One or more parameter values were invalid: Cannot update attribute customer. This attribute is part of the key',
    ],
  ])('%s is refused', async (expression, message) => {
    const values: Item = { ':one': { N: '1' }, ':huge': { N: '9e125' }, ':long': { N: '1e38' } };
    const used = Object.fromEntries(Object.entries(values).filter(([name]) => expression.includes(name)));
    const attempt = update({
      UpdateExpression: expression,
      ...(Object.keys(used).length > 0 && { ExpressionAttributeValues: used }),
    });
    await expect(attempt).rejects.toMatchObject({ name: 'ValidationException', message });
    expect(await get()).toEqual({ ...KEY, ...DOCUMENT });
  });

  it('refuses an index key of another type', async () => {
    const attempt = update({
      UpdateExpression: 'SET #s = n',
      ExpressionAttributeNames: { '#s': 'status' },
    });
    await expect(attempt).rejects.toMatchObject({
      name: 'ValidationException',
      message:
        'One or more parameter values were invalid: Type mismatch for Index Key status Expected: S Actual: N IndexName: byStatus',
    });
  });

  it('makes the item where there is none', async () => {
    await dynamodb.client.send(new DeleteItemCommand({ TableName: 'orders', Key: KEY }));
    await update({ UpdateExpression: 'SET n = :one', ExpressionAttributeValues: { ':one': { N: '1' } } });
    expect(await get()).toEqual({ ...KEY, n: { N: '1' } });
  });

  it.each<['ALL_OLD' | 'UPDATED_OLD' | 'UPDATED_NEW', Item]>([
    ['ALL_OLD', { ...KEY, ...DOCUMENT }],
    ['UPDATED_OLD', { n: { N: '5' } }],
    ['UPDATED_NEW', { n: { N: '6' }, fresh: { N: '1' } }],
  ])('returns %s', async (ReturnValues, expected) => {
    const attributes = await update({
      UpdateExpression: 'SET n = n + :one, fresh = :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
      ReturnValues,
    });
    expect(attributes).toEqual(expected);
  });
});

describe('consumed capacity', () => {
  it.each<[string, number, boolean, number]>([
    ['a missing item, eventually', -1, false, 0.5],
    ['a missing item, strongly', -1, true, 1],
    ['4 KB, eventually', 4000, false, 0.5],
    ['9 KB, strongly', 9000, true, 3],
  ])('of reading %s', async (_, size, ConsistentRead, units) => {
    if (size >= 0) await put({ text: { S: 'x'.repeat(size) } });
    const { ConsumedCapacity } = await dynamodb.client.send(
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
      return (await dynamodb.client.send(command)).ConsumedCapacity;
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
