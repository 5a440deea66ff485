import { expect, it } from 'vitest';
import type { Step } from '../../../core/usecases/takeSteps.ts';
import { takeSteps } from '../../../core/usecases/takeSteps.ts';

const soon = () => new Promise((resolve) => setImmediate(resolve));

it('takes every step that comes of the first, so many at a time and no more', async () => {
  let [now, most, taken] = [0, 0, 0];
  const step =
    (depth: number): Step =>
    async () => {
      most = Math.max(most, ++now);
      taken++;
      await soon();
      now--;
      return depth === 0 ? [] : Array.from({ length: 5 }, () => step(depth - 1));
    };
  await takeSteps(step(3), 4);
  expect({ now, most, taken }).toEqual({ now: 0, most: 4, taken: 1 + 5 + 25 + 125 });
});

it('finds more than can be told in one go', async () => {
  let taken = 0;
  const leaf: Step = async () => {
    taken++;
    return [];
  };
  await takeSteps(async () => Array.from({ length: 200_000 }, () => leaf), 32);
  expect(taken).toBe(200_000);
});

it('begins no step once one failed', async () => {
  let taken = 0;
  const failing: Step = async () => {
    await soon();
    throw new Error('throttled');
  };
  const endless: Step = async () => {
    taken++;
    await soon();
    return [endless, endless];
  };
  await expect(takeSteps(async () => [endless, failing], 2)).rejects.toThrow('throttled');
  const before = taken;
  for (let turn = 0; turn < 5; turn++) await soon();
  expect(taken).toBe(before);
});
