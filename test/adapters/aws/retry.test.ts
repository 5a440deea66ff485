import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { DYNAMODB_CLIENT } from '../../../adapters/aws/clientOptions.ts';
import { createRetry, ONE_ATTEMPT_MS } from '../../../adapters/aws/retry.ts';

/** A retry that notes its waits, over attempts that fail with these errors and then succeed. */
function trial(errors: readonly Error[], random = 0.5) {
  const waits: number[] = [];
  let attempts = 0;
  const retry = createRetry({
    random: () => random,
    sleep: async (milliseconds) => {
      waits.push(milliseconds);
    },
  });
  const result = retry(async () => {
    const error = errors[attempts++];
    if (error) throw error;
    return 'done';
  });
  return { result, waits, attempts: () => attempts };
}

const answered = (name: string, status: number): Error =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } });
const broken = (code: string): Error => Object.assign(new Error(code), { code });
const timedOut = (): Error => Object.assign(new Error('late'), { name: 'TimeoutError' });
const cancelled = (...codes: string[]): Error =>
  new TransactionCanceledException({
    message: 'cancelled',
    CancellationReasons: codes.map((Code) => ({ Code })),
    $metadata: { httpStatusCode: 400 },
  });
const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

describe('busy', () => {
  test.each([
    answered('ProvisionedThroughputExceededException', 400),
    answered('ThrottlingException', 400),
    answered('RequestLimitExceeded', 400),
    answered('TransactionConflictException', 400),
    answered('TransactionInProgressException', 400),
    cancelled('None', 'TransactionConflict'),
    cancelled('ThrottlingError', 'None'),
    cancelled('ProvisionedThroughputExceeded'),
    cancelled('ConditionalCheckFailed', 'TransactionConflict'),
  ])('%o is tried eight times', async (error) => {
    const seven = trial(times(7, () => error));
    expect(await seven.result).toBe('done');
    const eight = trial(times(8, () => error));
    await expect(eight.result).rejects.toBe(error);
    expect(eight.attempts()).toBe(8);
  });
});

describe('silence', () => {
  test.each([
    timedOut(),
    broken('ECONNRESET'),
    broken('ECONNREFUSED'),
    broken('EPIPE'),
    answered('InternalServerError', 500),
    answered('ServiceUnavailable', 503),
  ])('%o is tried three times', async (error) => {
    expect(await trial([error, error]).result).toBe('done');
    const three = trial([error, error, error]);
    await expect(three.result).rejects.toBe(error);
    expect(three.attempts()).toBe(3);
  });

  test('and business together are counted apart', async () => {
    const busy = answered('ThrottlingException', 400);
    expect(await trial([busy, timedOut(), busy, timedOut(), busy]).result).toBe('done');
    const last = timedOut();
    await expect(trial([busy, timedOut(), busy, timedOut(), last]).result).rejects.toBe(last);
  });
});

describe('no use', () => {
  test.each([
    answered('ValidationException', 400),
    answered('AccessDeniedException', 400),
    answered('ConditionalCheckFailedException', 400),
    cancelled('ConditionalCheckFailed', 'None'),
    cancelled('ValidationError'),
    new TypeError('a mistake in the code'),
    broken('ERR_ASSERTION'),
  ])('%o is tried once', async (error) => {
    const once = trial([error]);
    await expect(once.result).rejects.toBe(error);
    expect(once.attempts()).toBe(1);
    expect(once.waits).toEqual([]);
  });
});

test('waits double up to a limit, with full jitter', async () => {
  const busy = times(7, () => answered('ThrottlingException', 400));
  const longest = trial(busy, 1);
  await longest.result;
  expect(longest.waits).toEqual([25, 50, 100, 200, 400, 800, 800]);
  const half = trial(busy, 0.5);
  await half.result;
  expect(half.waits).toEqual([12.5, 25, 50, 100, 200, 400, 400]);
});

describe('the caller’s time', () => {
  /** Attempts that all fail and take this long, with so much time in all. */
  async function spend(timeMs: number, attemptMs: number): Promise<{ error: unknown; attempts: number; left: number }> {
    let left = timeMs;
    let attempts = 0;
    const retry = createRetry({
      random: () => 0.999,
      sleep: async (milliseconds) => {
        left -= milliseconds;
      },
      timeLeft: () => left,
    });
    const error: unknown = await retry(() => {
      attempts++;
      left -= attemptMs;
      return Promise.reject(timedOut());
    }).catch((thrown: unknown) => thrown);
    return { error, attempts, left };
  }
  const longest = DYNAMODB_CLIENT.requestHandler.requestTimeout;

  test.each([3_500, 5_000, 6_999, 10_000, 15_000, 60_000])('of %d ms is never outlived', async (time) => {
    const { attempts, left, error } = await spend(time, longest);
    expect(attempts).toBeGreaterThan(0);
    expect(left).toBeGreaterThan(0);
    expect(error).toMatchObject({ name: 'TimeoutError', message: 'late' });
  });

  test('ends the attempts, not only their number', async () => {
    expect((await spend(60_000, longest)).attempts).toBe(3);
    expect((await spend(7_000, longest)).attempts).toBe(2);
    expect((await spend(6_000, longest)).attempts).toBe(1);
  });

  test('that is too short for one attempt begins none', async () => {
    const { attempts, error } = await spend(ONE_ATTEMPT_MS - 1, longest);
    expect(attempts).toBe(0);
    expect(error).toMatchObject({ name: 'TimeoutError', message: 'no time is left for a call' });
  });

  test('is reckoned with attempts as long as the client lets them be', () => {
    expect(ONE_ATTEMPT_MS).toBeGreaterThan(longest);
  });
});
