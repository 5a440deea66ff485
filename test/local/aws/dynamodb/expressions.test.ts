import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { KEY, oneItem } from './oneItem.ts';
import type { Item } from './oneItem.ts';

const orders = oneItem();

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

const FAILS = {
  ConditionExpression: 'attribute_not_exists(customer)',
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
} as const;

describe('a condition', () => {
  beforeEach(() => orders.put(DOCUMENT));

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
    const attempt = orders.update({
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
    expect((await orders.get())?.['touched'] !== undefined).toBe(holds);
  });

  it.each([
    ['PutItem', () => new PutItemCommand({ TableName: 'orders', Item: KEY, ...FAILS })],
    [
      'UpdateItem',
      () => new UpdateItemCommand({ TableName: 'orders', Key: KEY, UpdateExpression: 'REMOVE n', ...FAILS }),
    ],
    ['DeleteItem', () => new DeleteItemCommand({ TableName: 'orders', Key: KEY, ...FAILS })],
  ])('of %s shows the item that failed it when asked', async (_, command) => {
    const sent = orders.client.send(command() as PutItemCommand);
    await expect(sent).rejects.toMatchObject({ name: 'ConditionalCheckFailedException', Item: { n: { N: '5' } } });
  });

  it('shows no item unasked', async () => {
    const { ReturnValuesOnConditionCheckFailure: _, ...unasked } = FAILS;
    const sent = orders.client.send(new DeleteItemCommand({ TableName: 'orders', Key: KEY, ...unasked }));
    await expect(sent).rejects.toMatchObject({ name: 'ConditionalCheckFailedException', Item: undefined });
  });
});

describe('an update', () => {
  beforeEach(() => orders.put(DOCUMENT));

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
    const all = await orders.update({
      UpdateExpression: expression,
      ReturnValues: 'ALL_NEW',
      ...(Object.keys(used).length > 0 && { ExpressionAttributeValues: used }),
    });
    const expected: Item = { ...KEY, ...DOCUMENT, ...changed };
    for (const name of Object.keys(removed)) Reflect.deleteProperty(expected, name);
    if (expression.startsWith('DELETE ss :more')) expected['ss'] = { SS: ['a'] };
    expect(all).toEqual(expected);
    expect(await orders.get()).toEqual(expected);
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
    const attempt = orders.update({
      UpdateExpression: expression,
      ...(Object.keys(used).length > 0 && { ExpressionAttributeValues: used }),
    });
    await expect(attempt).rejects.toMatchObject({ name: 'ValidationException', message });
    expect(await orders.get()).toEqual({ ...KEY, ...DOCUMENT });
  });

  it('refuses an index key of another type', async () => {
    const attempt = orders.update({
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
    await orders.client.send(new DeleteItemCommand({ TableName: 'orders', Key: KEY }));
    await orders.update({ UpdateExpression: 'SET n = :one', ExpressionAttributeValues: { ':one': { N: '1' } } });
    expect(await orders.get()).toEqual({ ...KEY, n: { N: '1' } });
  });

  it.each<['ALL_OLD' | 'UPDATED_OLD' | 'UPDATED_NEW', Item]>([
    ['ALL_OLD', { ...KEY, ...DOCUMENT }],
    ['UPDATED_OLD', { n: { N: '5' } }],
    ['UPDATED_NEW', { n: { N: '6' }, fresh: { N: '1' } }],
  ])('returns %s', async (ReturnValues, expected) => {
    const attributes = await orders.update({
      UpdateExpression: 'SET n = n + :one, fresh = :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
      ReturnValues,
    });
    expect(attributes).toEqual(expected);
  });
});
