import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Retrier } from '../../../../local/aws/states/definition.ts';
import { MAX_DELAY_SECONDS, retryDelayMs } from '../../../../local/aws/states/retry.ts';

const retrier: fc.Arbitrary<Retrier> = fc
  .record({
    IntervalSeconds: fc.integer({ min: 1, max: 10_000 }),
    BackoffRate: fc.double({ min: 1, max: 10, noNaN: true }),
    MaxDelaySeconds: fc.option(fc.integer({ min: 10_001, max: MAX_DELAY_SECONDS }), { nil: undefined }),
    JitterStrategy: fc.constantFrom('FULL' as const, 'NONE' as const),
  })
  .map((fields) => ({ ErrorEquals: ['E'], MaxAttempts: 3, ...fields }));

test('delays grow, from the interval to the limit; jitter only shortens them', () => {
  fc.assert(
    fc.property(
      retrier,
      fc.integer({ min: 1, max: 400 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (it, n, luck) => {
        const plain: Retrier = { ...it, JitterStrategy: 'NONE' };
        const delay = retryDelayMs(plain, n, () => luck);
        expect(retryDelayMs(plain, 1, () => luck)).toBe(it.IntervalSeconds * 1_000);
        expect(delay).toBeGreaterThanOrEqual(it.IntervalSeconds * 1_000);
        expect(delay).toBeLessThanOrEqual((it.MaxDelaySeconds ?? MAX_DELAY_SECONDS) * 1_000);
        expect(retryDelayMs(plain, n + 1, () => luck)).toBeGreaterThanOrEqual(delay);
        const jittered = retryDelayMs({ ...it, JitterStrategy: 'FULL' }, n, () => luck);
        expect(Math.abs(jittered - delay * luck)).toBeLessThanOrEqual(1);
      },
    ),
  );
});
