import { describe, expect, it } from 'vitest';
import { WritError } from '../../core/errors.ts';
import type { RequestedStatement, Scope } from '../../core/scope.ts';
import { narrowScope, scopeCovers } from '../../core/scope.ts';

const ORDERS = 'arn:aws:dynamodb:us-east-1:111122223333:table/orders';
const FILES = 'arn:aws:s3:::orders-files';
const CEILING: Scope = [
  { actions: ['dynamodb:GetItem', 'dynamodb:Query'], resources: [ORDERS], leadingKeys: ['C-42'] },
  { actions: ['s3:Get*'], resources: [`${FILES}/C-42/*`] },
];

const refusal = (requested: RequestedStatement[]): [string, string] => {
  try {
    narrowScope(CEILING, requested);
  } catch (error) {
    if (error instanceof WritError) return [error.code, error.remediation ?? ''];
    throw error;
  }
  return ['accepted', ''];
};

describe('narrowScope', () => {
  it('is the ceiling when nothing is named', () => {
    expect(narrowScope(CEILING, undefined)).toBe(CEILING);
  });

  it('keeps the leading keys of the statement that it narrows', () => {
    expect(narrowScope(CEILING, [{ actions: ['dynamodb:GetItem'], resources: [ORDERS] }])).toEqual([
      { actions: ['dynamodb:GetItem'], resources: [ORDERS], leadingKeys: ['C-42'] },
    ]);
  });

  it('narrows wildcards', () => {
    expect(narrowScope(CEILING, [{ actions: ['s3:GetObject'], resources: [`${FILES}/C-42/2026/*`] }])).toHaveLength(1);
  });

  it.each<[string, RequestedStatement]>([
    ['another action', { actions: ['dynamodb:PutItem'], resources: [ORDERS] }],
    ['another table', { actions: ['dynamodb:Query'], resources: [ORDERS.replace('orders', 'payments')] }],
    ['the index', { actions: ['dynamodb:Query'], resources: [`${ORDERS}/index/by-date`] }],
    ['a wildcard that the entitlement lacks', { actions: ['dynamodb:*'], resources: [ORDERS] }],
    ['a wider prefix', { actions: ['s3:GetObject'], resources: [`${FILES}/*`] }],
    ['everything', { actions: ['s3:GetObject'], resources: ['*'] }],
    ['a mix of two statements', { actions: ['s3:GetObject', 'dynamodb:Query'], resources: [ORDERS] }],
  ])('refuses %s', (_, requested) => {
    const [code, remediation] = refusal([requested]);
    expect(code).toBe('scope_exceeds_entitlement');
    expect(remediation).toContain('Ask for no more than: dynamodb:GetItem');
  });

  it.each<RequestedStatement>([
    { actions: ['*'], resources: [ORDERS] },
    { actions: ['dynamodb:Query'], resources: ['orders'] },
    { actions: ['dynamodb:Query'], resources: ['arn:aws:dynamodb:*:111122223333:table/orders'] },
  ])('refuses text that is no action or ARN', (requested) => {
    expect(refusal([requested])[0]).toBe('invalid_request');
  });

  it('never yields more than the ceiling (I5)', () => {
    const narrow = narrowScope(CEILING, [{ actions: ['dynamodb:Query'], resources: [ORDERS] }]);
    expect(scopeCovers(CEILING, narrow)).toBe(true);
    expect(scopeCovers(narrow, CEILING)).toBe(false);
    const unkeyed = narrow.map(({ actions, resources }) => ({ actions, resources }));
    expect(scopeCovers(CEILING, unkeyed)).toBe(false);
  });
});
