import type { CancellationReason } from '@aws-sdk/client-dynamodb';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';

/**
 * Retries of DynamoDB calls. The SDK's own are switched off (`clientOptions.ts`), because only this module knows that a
 * transaction may be tried again after a conflict, and after silence: its ClientRequestToken makes the repeat harmless.
 */

export interface RetryOptions {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Milliseconds until whoever called is ended, such as by Lambda's time-out. @default - nobody ends it */
  readonly timeLeft?: () => number;
}

/**
 * Calls `attempt` until it succeeds, fails for good, or the patience or the caller's time is over; then rejects with its
 * last error. Where there was no time for even one attempt, that is a `TimeoutError`.
 */
export type Retry = <T>(attempt: () => Promise<T>) => Promise<T>;

/** Attempts in all: with full jitter they span a second or two. */
const MAX_ATTEMPTS = 8;
/** Attempts without an answer: each may take the client's whole time-out. */
const MAX_SILENT = 3;
/**
 * What one attempt may take: the client's time-out (`clientOptions.ts`), and the time to say how it ended. With less
 * left none is begun: an attempt that is cut off has an outcome that nobody gets to know, and the caller no answer.
 */
export const ONE_ATTEMPT_MS = 3_500;
const FIRST_DELAY_MS = 25;
const LONGEST_DELAY_MS = 800;

export function createRetry({ random, sleep, timeLeft = () => Number.POSITIVE_INFINITY }: RetryOptions): Retry {
  return async (attempt) => {
    if (timeLeft() < ONE_ATTEMPT_MS) throw new DOMException('no time is left for a call', 'TimeoutError');
    let silent = 0;
    for (let tried = 1; ; tried++) {
      try {
        return await attempt();
      } catch (error) {
        const kind = failureOf(error);
        if (kind === 'silent') silent++;
        if (kind === 'final' || tried === MAX_ATTEMPTS || silent === MAX_SILENT) throw error;
        // Full jitter: rivals for one item spread out (AWS Architecture Blog, "Exponential Backoff And Jitter").
        const delay = random() * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (tried - 1));
        if (timeLeft() - delay < ONE_ATTEMPT_MS) throw error;
        await sleep(delay);
      }
    }
  };
}

/** `busy`: refused this time, nothing was done. `silent`: no answer, it may be done. `final`: no use to try again. */
type Failure = 'busy' | 'silent' | 'final';

/** A batch of which DynamoDB left something undone (API_BatchGetItem): what is left is tried again. */
export class Unprocessed extends Error {
  constructor() {
    super('DynamoDB left a part of the batch undone');
    this.name = 'Unprocessed';
  }
}

const BUSY: ReadonlySet<string> = new Set([
  'Unprocessed',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TransactionConflictException',
  'TransactionInProgressException',
]);
const BUSY_REASONS: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceeded',
  'ThrottlingError',
  'TransactionConflict',
]);
/** Node's codes of a connection that did not come about or broke. */
const SILENT: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return 'final';
  if (BUSY.has(error.name)) return 'busy';
  if (reasonsOf(error).some((reason) => BUSY_REASONS.has(reason.Code ?? ''))) return 'busy';
  const status = statusOf(error);
  if (status !== undefined) return status >= 500 ? 'silent' : 'final';
  return error.name === 'TimeoutError' || ('code' in error && SILENT.has(String(error.code))) ? 'silent' : 'final';
}

/** Why a transaction was cancelled, one reason per action; empty for any other error. */
export function reasonsOf(error: unknown): readonly CancellationReason[] {
  if (!(error instanceof TransactionCanceledException)) return [];
  return error.CancellationReasons ?? [];
}

function statusOf(error: Error): number | undefined {
  const metadata = '$metadata' in error ? error.$metadata : undefined;
  const status =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? metadata.httpStatusCode
      : undefined;
  return typeof status === 'number' ? status : undefined;
}
