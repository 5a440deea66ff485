import { expect, it } from 'vitest';
import { parseSegment } from '../../tokens/compactJws.ts';
import { Scratch } from '../../tokens/scratch.ts';

it('gives as many bytes as are asked for, also more than it has', () => {
  const scratch = new Scratch(4);
  expect([0, 3, 4, 5].map((length) => scratch.bytes(length).length)).toEqual([0, 3, 4, 5]);
});

it('gives the same bytes again, but for those that it does not have', () => {
  const scratch = new Scratch(4);
  scratch.bytes(4).fill(7);
  expect([...scratch.bytes(2)]).toEqual([7, 7]);
  scratch.bytes(5).fill(9);
  expect([...scratch.bytes(4)]).toEqual([7, 7, 7, 7]);
});

it('leaves nothing of one segment in another, nor of the next in what was read', () => {
  const segment = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const long = parseSegment(segment({ purpose: 'a long text, of which nothing may be left: é' }));
  expect(parseSegment(segment({ a: 1 }))).toEqual({ a: 1 });
  expect(long).toEqual({ purpose: 'a long text, of which nothing may be left: é' });
});
