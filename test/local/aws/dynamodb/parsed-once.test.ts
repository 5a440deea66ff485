import { expect, it } from 'vitest';
import { putItem } from '../../../../local/aws/dynamodb/validators.ts';
import { validated } from '../../../../local/aws/dynamodb/validate.ts';

const put = (ConditionExpression: string, more: object = {}) =>
  validated({ TableName: 'orders', Item: { pk: { S: 'a' } }, ConditionExpression, ...more }, putItem)._condition;

it('parses a condition without names and values once', () => {
  const first = put('attribute_not_exists(pk)');
  expect(put('attribute_not_exists(pk)')).toBe(first);
  expect(put('attribute_exists(pk)')).not.toEqual(first);
});

it('parses one with names or values for each request', () => {
  const of = (name: string, value: string) =>
    put('#a = :b', { ExpressionAttributeNames: { '#a': name }, ExpressionAttributeValues: { ':b': { S: value } } });
  expect(of('x', '1')).toMatchObject({ expression: { args: [['x'], { S: '1' }] } });
  expect(of('y', '2')).toMatchObject({ expression: { args: [['y'], { S: '2' }] } });
});

it('refuses a bad one each time, and names that nothing uses', () => {
  for (let time = 0; time < 2; time++) {
    expect(() => put('attribute_not_exists(size)')).toThrow('reserved keyword');
    expect(() => put('attribute_not_exists(pk', {})).toThrow('Syntax error');
    const unused = { ExpressionAttributeNames: { '#a': 'x' } };
    expect(() => put('attribute_not_exists(pk)', unused)).toThrow('unused in expressions');
  }
});
