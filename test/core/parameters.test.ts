import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WritError } from '../../core/errors.ts';
import type { ParameterSpecs } from '../../core/parameters.ts';
import { fill, parseParameters, placeholdersOf } from '../../core/parameters.ts';

const SPECS: ParameterSpecs = {
  customer: { type: 'id', description: 'the customer', example: 'C-42' },
  stage: { type: 'id', description: 'the stage', values: ['test', 'live'], example: 'test' },
};

const problem = (given: Record<string, string>): string => {
  try {
    parseParameters(SPECS, given);
  } catch (error) {
    expect(error).toBeInstanceOf(WritError);
    expect(error).toHaveProperty('code', 'invalid_parameters');
    return (error as WritError).message;
  }
  return 'accepted';
};

describe('parseParameters', () => {
  it('takes exactly the declared ones', () => {
    expect(parseParameters(SPECS, { customer: 'C-42', stage: 'live' })).toEqual({ customer: 'C-42', stage: 'live' });
  });

  it('names every problem at once', () => {
    expect(problem({ stage: 'prod', other: 'x' })).toBe(
      '`other` is not a parameter of this entitlement; `customer` is missing; `stage` must be one of test, live',
    );
  });

  it.each(['*', 'C-4?', '${aws:username}', 'a/b', 'a:b', '', ' C-42', 'C-42\n', '-x', 'x'.repeat(65), 'C\u202e42'])(
    'refuses %j as an id',
    (customer) => {
      expect(problem({ customer, stage: 'test' })).toContain('`customer` must be');
    },
  );

  it('does not take inherited members for given ones', () => {
    expect(problem(Object.create({ customer: 'C-42', stage: 'test' }) as Record<string, string>)).toContain(
      'is missing',
    );
  });

  it('lets no accepted value change the meaning of a pattern', () => {
    fc.assert(
      fc.property(fc.string(), (customer) => {
        if (problem({ customer, stage: 'test' }) === 'accepted') expect(customer).not.toMatch(/[*?${}:/\s"\\]/u);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('fill', () => {
  it('fills what it knows and refuses what it does not', () => {
    expect(fill('a/{customer}/b', { customer: 'C-42' })).toBe('a/C-42/b');
    expect(() => fill('{constructor}', {})).toThrow('unknown value `constructor`');
    expect(placeholdersOf('{a}/{bC}')).toEqual(['a', 'bC']);
  });
});
