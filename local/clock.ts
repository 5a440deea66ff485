/**
 * The one clock that everything on the laptop follows. It may run faster than real time (`WRIT_CLOCK_RATE`), so that
 * hours of waiting pass in seconds; then its anchor is kept, and its time goes on from where it was, at every rate.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { sleeperBy } from './aws/sleep.ts';
import type { SleepUntil } from './aws/sleep.ts';
import { StartError } from './preflight.ts';

/** From here on system time passes `rate` times as fast as real time. Both times are epoch milliseconds. */
export interface ClockAnchor {
  readonly realTime: number;
  readonly systemTime: number;
  readonly rate: number;
}

export interface SystemClock {
  /** System time: epoch milliseconds, whole, never less than before. */
  readonly now: () => number;
  /** Resolves when `now()` is at `time` or past it, or when the signal is aborted. */
  readonly sleepUntil: SleepUntil;
  /** How many times faster than real time it runs. */
  readonly rate: number;
  /** For clocks in other threads. Absent: system time is real time. */
  readonly anchor?: ClockAnchor;
}

/** Of a system whose time is real time. */
export const REAL_CLOCK: SystemClock = { now: Date.now, sleepUntil: sleeperBy(Date.now), rate: 1 };

/** @param realNow epoch milliseconds */
export function clockFrom(anchor: ClockAnchor, realNow: () => number = Date.now): SystemClock {
  const { realTime, systemTime, rate } = anchor;
  let latest = systemTime;
  // A real clock that is set back holds system time still.
  const now = (): number => (latest = Math.max(latest, Math.floor(systemTime + (realNow() - realTime) * rate)));
  return { now, sleepUntil: sleeperBy(now, rate), rate, anchor };
}

const ANCHOR = z.strictObject({ realTime: z.number(), systemTime: z.number(), rate: z.number().positive() });

/**
 * The clock of a state directory, which must be this process's own by now. Time passed at the old rate while the
 * system was stopped, and passes at `rate` from here on. Without an anchor, and at rate 1, it is the real clock.
 *
 * @throws {StartError} when `clock.json` can't be understood or written
 */
export function openClock(directory: string, rate: number, realNow: () => number = Date.now): SystemClock {
  const path = join(directory, 'clock.json');
  const kept = readAnchor(path);
  if (kept === undefined && rate === 1) return REAL_CLOCK;
  const realTime = realNow();
  const systemTime = kept === undefined ? realTime : clockFrom(kept, () => realTime).now();
  const anchor = { realTime, systemTime, rate };
  writeAnchor(path, anchor);
  return clockFrom(anchor, realNow);
}

function readAnchor(path: string): ClockAnchor | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new StartError(`\`${path}\` can't be read: ${String(error)}`);
  }
  try {
    return ANCHOR.parse(JSON.parse(text));
  } catch {
    // To go on with real time could mean to go back.
    throw new StartError(`\`${path}\` does not hold the time of the system. Choose another directory: WRIT_HOME=…`);
  }
}

/** A crash leaves the old file or the new one, never a half. */
function writeAnchor(path: string, anchor: ClockAnchor): void {
  try {
    writeFileSync(`${path}.new`, `${JSON.stringify(anchor)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (error) {
    throw new StartError(`\`${path}\` can't be written: ${String(error)}`);
  }
}
