/** Waiting for a time of the system's clock. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when the clock shows `time` (epoch milliseconds) or later, or when the signal is aborted. Never rejects. */
export type SleepUntil = (time: number, signal: AbortSignal) => Promise<void>;

/** A timer does not count the time that a laptop sleeps: so the clock is looked at this often. */
const LOOK_EVERY_MS = 60_000;

/** @param rate how many times faster than real time the clock runs */
export function sleeperBy(clock: () => number, rate = 1): SleepUntil {
  return async (time, signal) => {
    for (let left = time - clock(); left > 0 && !signal.aborted; left = time - clock()) {
      // Rejects only when it is aborted, which ends the loop: to be woken is no error of whoever waits.
      await sleep(Math.min(LOOK_EVERY_MS, Math.ceil(left / rate)), undefined, { signal }).catch(() => undefined);
    }
  };
}
