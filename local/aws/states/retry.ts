/** When a failed task is tried again. */
import type { Retrier } from './definition.ts';

/**
 * Milliseconds from the failure to try number `retry` (from 1, the first one after the failed one).
 *
 * @param random uniform in [0, 1), for full jitter
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error
 */
export function retryDelayMs(retrier: Retrier, retry: number, random: () => number): number {
  const grown = retrier.IntervalSeconds * retrier.BackoffRate ** (retry - 1);
  const seconds = Math.min(grown, retrier.MaxDelaySeconds ?? MAX_DELAY_SECONDS);
  return Math.round(seconds * 1_000 * (retrier.JitterStrategy === 'FULL' ? random() : 1));
}

/** A year: the longest that an execution lasts. */
export const MAX_DELAY_SECONDS = 31_622_400;
