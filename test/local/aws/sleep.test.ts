import { expect, test } from 'vitest';
import { sleeperBy } from '../../../local/aws/sleep.ts';

const never = new AbortController().signal;

test('waits until the clock shows the time, however often that takes', async () => {
  let now = 0;
  let looks = 0;
  const sleepUntil = sleeperBy(() => {
    looks += 1;
    return (now += 5); // Slower than the timers: each look is early by some.
  });
  await sleepUntil(50, never);
  expect(now).toBeGreaterThanOrEqual(50);
  expect(looks).toBeGreaterThan(2);
});

test('a time that has passed is not waited for', async () => {
  await sleeperBy(() => 100)(100, never);
});

test('an hour at a millionfold rate needs no hour', async () => {
  const began = performance.now();
  const rate = 1_000_000;
  await sleeperBy(() => (performance.now() - began) * rate, rate)(3_600_000, never);
});

test('ends when it is aborted', async () => {
  const stopping = new AbortController();
  const waiting = sleeperBy(() => 0)(1_000_000, stopping.signal);
  stopping.abort();
  await waiting;
  await sleeperBy(() => 0)(1_000_000, stopping.signal);
});
