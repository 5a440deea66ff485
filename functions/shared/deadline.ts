import type { Context } from 'aws-lambda';

/** When the invocation under way is cut off, by the clock that nobody sets: milliseconds. A worker runs one at a time. */
let endsAt = Number.POSITIVE_INFINITY;

/** Called first in an invocation: what is begun later than its deadline allows would be cut off with its answer lost. */
export function beginInvocation(context: Pick<Context, 'getRemainingTimeInMillis'> | undefined): void {
  endsAt = context ? performance.now() + context.getRemainingTimeInMillis() : Number.POSITIVE_INFINITY;
}

/** Milliseconds. */
export const timeLeft = (): number => endsAt - performance.now();
