import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covers, isAction, isArn, parseArn } from '../../core/arn.ts';

describe('parseArn', () => {
  it('reads the parts', () => {
    expect(parseArn('arn:aws:dynamodb:us-east-1:111122223333:table/orders')).toEqual({
      partition: 'aws',
      service: 'dynamodb',
      region: 'us-east-1',
      account: '111122223333',
      resource: 'table/orders',
    });
  });

  it('takes empty Region and account for S3, and colons in the resource', () => {
    expect(isArn(parseArn('arn:aws:s3:::bucket/key'))).toBe(true);
    expect(parseArn('arn:aws:logs:us-east-1:111122223333:log-group:/a:*')).toMatchObject({
      resource: 'log-group:/a:*',
    });
  });

  it.each([
    ['orders', 'is not an ARN'],
    ['arn:*:dynamodb:us-east-1:111122223333:table/orders', 'unknown partition'],
    ['arn:aws:*:us-east-1:111122223333:table/orders', 'no literal service'],
    ['arn:aws:dynamodb:*:111122223333:table/orders', 'no literal Region'],
    ['arn:aws:dynamodb:us-east-?:111122223333:table/orders', 'no literal Region'],
    ['arn:aws:dynamodb:us-east-1:*:table/orders', 'no literal account'],
    ['arn:aws:dynamodb:us-east-1:1111:table/orders', 'no literal account'],
    ['arn:aws:dynamodb:us-east-1:111122223333:', 'resource'],
    ['arn:aws:s3:::bucket/${aws:username}', 'resource'],
    ['arn:aws:s3:::bucket/"x', 'resource'],
    [`arn:aws:s3:::${'x'.repeat(513)}`, 'resource'],
  ])('refuses %s', (text, problem) => {
    const parsed = parseArn(text);
    expect(isArn(parsed)).toBe(false);
    expect(parsed).toHaveProperty('problem', expect.stringContaining(problem));
  });
});

describe('isAction', () => {
  it.each(['dynamodb:Query', 'dynamodb:Get*', 's3:*'])('takes %s', (text) => {
    expect(isAction(text)).toBe(true);
  });
  it.each(['*', '*:*', 'dynamodb', 'dynamodb:*Item', 'dynamo*:Query', 'dynamodb:Qu?ry', ''])('refuses %j', (text) => {
    expect(isAction(text)).toBe(false);
  });
});

/** IAM's own matching of a concrete value, by the plainest means. */
const matches = (pattern: string, value: string): boolean =>
  new RegExp(`^${pattern.replaceAll('*', '[^]*').replaceAll('?', '[^]')}$`, 'u').test(value);

const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?'), maxLength: 4 });
/** Short, so that the three often have something to do with each other. */
const value = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 4 });

describe('covers', () => {
  it('never widens: what the inner pattern matches, the outer matches too', () => {
    fc.assert(
      fc.property(pattern, pattern, value, (outer, inner, concrete) => {
        if (covers(outer, inner) && matches(inner, concrete)) expect(matches(outer, concrete)).toBe(true);
      }),
      { numRuns: 20_000 },
    );
  });

  it('is exact on concrete values', () => {
    fc.assert(
      fc.property(pattern, value, (outer, concrete) => {
        expect(covers(outer, concrete)).toBe(matches(outer, concrete));
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ['table/*', 'table/orders', true],
    ['table/orders', 'table/*', false],
    ['table/?', 'table/*', false],
    ['table/*', 'table/*/index/*', true],
    ['*', 'anything*', true],
  ])('%s over %s is %s', (outer, inner, expected) => {
    expect(covers(outer, inner)).toBe(expected);
  });
});
