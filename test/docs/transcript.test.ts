import { describe, expect, it } from 'vitest';
import { agrees, stepsOf } from './transcript.ts';

describe('stepsOf', () => {
  it('reads commands, continued lines and outputs of console blocks alone', () => {
    const text = 'a\n```sh\n$ no\n```\n```console\n$ one \\\n    two\nout\n\nmore\n$ three\n```\n';
    expect(stepsOf(text)).toEqual([
      { command: 'one \\\n    two', expected: 'out\n\nmore' },
      { command: 'three', expected: '' },
    ]);
  });
});

describe('agrees', () => {
  it.each([
    ['a … c', 'a b c', true],
    ['a\n…\nc', 'a\nb\nb\nc', true],
    ['a.c', 'abc', false],
    ['a', 'a b', false],
    ['', 'anything', false],
    ['a', '  a  \n', true],
  ])('%j and %j: %s', (expected, actual, result) => {
    expect(agrees(expected, actual)).toBe(result);
  });
});
