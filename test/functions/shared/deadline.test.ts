import { afterEach, expect, it, vi } from 'vitest';
import { beginInvocation, timeLeft } from '../../../functions/shared/deadline.ts';

afterEach(() => {
  vi.restoreAllMocks();
  beginInvocation(undefined);
});

it('knows how long the invocation has left, whatever happens to the time of day', () => {
  beginInvocation({ getRemainingTimeInMillis: () => 60_000 });
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
  expect(timeLeft()).toBeGreaterThan(0);
  expect(timeLeft()).toBeLessThanOrEqual(60_000);
});

it('leaves all the time where nothing ends it', () => {
  beginInvocation(undefined);
  expect(timeLeft()).toBe(Number.POSITIVE_INFINITY);
});
