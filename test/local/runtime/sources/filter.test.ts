import { describe, expect, it } from 'vitest';
import { matcherOf } from '../../../../local/runtime/sources/filter.ts';
import type { Json } from '../../../../local/runtime/json.ts';

const RECORD: Json = { eventName: 'INSERT', dynamodb: { NewImage: { kind: { S: 'deny' }, n: { N: '1' } } } };

describe('event filters', () => {
  it.each<[string, Json[], boolean]>([
    ['no pattern lets all through', [], true],
    ['a value', [{ eventName: ['INSERT'] }], true],
    ['one of several values', [{ eventName: ['MODIFY', 'INSERT'] }], true],
    ['another value', [{ eventName: ['REMOVE'] }], false],
    ['a nested value', [{ dynamodb: { NewImage: { kind: { S: ['deny'] } } } }], true],
    ['all members must match', [{ eventName: ['INSERT'], dynamodb: { NewImage: { kind: { S: ['grant'] } } } }], false],
    ['one of several patterns', [{ eventName: ['REMOVE'] }, { eventName: ['INSERT'] }], true],
    ['a prefix', [{ dynamodb: { NewImage: { kind: { S: [{ prefix: 'de' }] } } } }], true],
    ['a prefix of no text', [{ dynamodb: { NewImage: { kind: [{ prefix: '' }] } } }], false],
    ['existence', [{ dynamodb: { NewImage: { n: { N: [{ exists: true }] } } } }], true],
    ['absence', [{ dynamodb: { NewImage: { gone: { S: [{ exists: false }] } } } }], true],
    ['absence of what is there', [{ eventName: [{ exists: false }] }], false],
    ['anything but', [{ eventName: [{ 'anything-but': ['REMOVE'] }] }], true],
    ['anything but this', [{ eventName: [{ 'anything-but': 'INSERT' }] }], false],
    ['a member of the prototype is no member', [{ constructor: [{ exists: true }] }], false],
  ])('%s', (_name, patterns, expected) => {
    expect(matcherOf(patterns)(RECORD)).toBe(expected);
  });

  it('refuses an operator that it does not know', () => {
    expect(() => matcherOf([{ n: [{ numeric: ['>', 1] }] }])).toThrow('the filter operator `numeric` is not known');
  });
});
