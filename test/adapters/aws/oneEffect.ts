import { describe, expect, test } from 'vitest';
import type { Stores } from '../../../adapters/memory/store.ts';
import type { Fault } from './faultsOn.ts';
import { faultsOn } from './faultsOn.ts';
import { storesOver } from './stores.ts';
import type { LocalTables } from './tables.ts';

/** A write, made ready before DynamoDB begins to fail, and what shows whether it happened. */
interface Attempt {
  readonly write: () => Promise<unknown>;
  /** What the write answers. */
  readonly answer: unknown;
  readonly effect: () => Promise<unknown>;
  readonly once: unknown;
  readonly never: unknown;
  /** @default TransactWriteItems */
  readonly operation?: string;
}

/** Each gets its attempt ready in empty stores. */
export type Writes = Readonly<Record<string, (store: Stores) => Promise<Attempt>>>;

/** That each write has one effect, or none, and says so, whatever DynamoDB does. */
export function oneEffectEach(tables: () => LocalTables, writes: Writes): void {
  describe.each(Object.entries(writes))('%s', (_, prepare) => {
    test.each<{ faults: Fault[] }>([
      { faults: ['timeoutAfter'] },
      { faults: ['timeoutBefore'] },
      { faults: ['timeoutAfter', 'timeoutAfter'] },
      { faults: ['throttle', 'conflict', 'throttle', 'conflict', 'throttle', 'conflict', 'throttle'] },
      { faults: ['conflict', 'timeoutAfter', 'throttle'] },
    ])('has one effect after $faults', async ({ faults }) => {
      const attempt = await prepare(storesOver(tables(), await tables().fresh()));
      tables().fault = faultsOn(attempt.operation ?? 'TransactWriteItems', ...faults);
      expect(await attempt.write()).toEqual(attempt.answer);
      tables().fault = () => 'none';
      expect(await attempt.effect()).toEqual(attempt.once);
    });

    test('has one effect when the answer was lost and the token has expired', async () => {
      const names = await tables().fresh();
      const later = async () => {
        tables().advance(11 * 60_000);
      };
      const attempt = await prepare(storesOver(tables(), names, later));
      tables().fault = faultsOn(attempt.operation ?? 'TransactWriteItems', 'timeoutAfter');
      expect(await attempt.write()).toEqual(attempt.answer);
      tables().fault = () => 'none';
      expect(await attempt.effect()).toEqual(attempt.once);
    });

    test.each<{ fault: Fault; times: number }>([
      { fault: 'timeoutBefore', times: 3 },
      { fault: 'throttle', times: 8 },
      { fault: 'conflict', times: 8 },
    ])('has no effect at all, and rejects, after $times × $fault', async ({ fault, times }) => {
      const attempt = await prepare(storesOver(tables(), await tables().fresh()));
      const operation = attempt.operation ?? 'TransactWriteItems';
      tables().fault = faultsOn(operation, ...Array.from({ length: times }, () => fault));
      await expect(attempt.write()).rejects.toThrow();
      tables().fault = () => 'none';
      expect(await attempt.effect()).toEqual(attempt.never);
    });
  });
}
