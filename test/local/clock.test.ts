import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clockFrom, openClock, REAL_CLOCK } from '../../local/clock.ts';
import { StartError } from '../../local/preflight.ts';

const START = Date.UTC(2026, 10, 21, 9);
const HOUR_MS = 3_600_000;

let directory: string;
let real: number;
const realNow = (): number => real;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'writ-clock-'));
  real = START;
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const open = (rate: number) => openClock(directory, rate, realNow);

describe('the system’s clock', () => {
  it('is the real one at rate 1, and leaves no file', () => {
    expect(open(1)).toBe(REAL_CLOCK);
    expect(() => readFileSync(join(directory, 'clock.json'))).toThrow('ENOENT');
  });

  it('begins at real time and passes at its rate', () => {
    const clock = open(100);
    expect(clock.now()).toBe(START);
    real += 1_500;
    expect(clock.now()).toBe(START + 150_000);
    expect(clock.anchor).toEqual({ realTime: START, systemTime: START, rate: 100 });
  });

  it('passes at its rate while the system is stopped', () => {
    open(60);
    real += 10_000;
    expect(open(60).now()).toBe(START + 600_000);
  });

  it('goes on from where it was when the rate changes, also back to 1', () => {
    open(3_600);
    real += 1_000;
    const slower = open(1);
    expect(slower.now()).toBe(START + HOUR_MS);
    real += 1_000;
    expect(slower.now()).toBe(START + HOUR_MS + 1_000);
    expect(open(10).now()).toBe(START + HOUR_MS + 1_000);
  });

  it('never runs back, whatever happens to rate, process and real clock', () => {
    const step = fc.record({
      rate: fc.constantFrom(1, 2.5, 100, 1_000),
      restart: fc.boolean(),
      realMs: fc.integer({ min: 0, max: 100_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1 }), (steps) => {
        rmSync(join(directory, 'clock.json'), { force: true });
        real = START;
        let clock = open(2);
        let latest = clock.now();
        for (const { rate, restart, realMs } of steps) {
          real += realMs;
          if (restart) clock = open(rate);
          expect(clock.now()).toBeGreaterThanOrEqual(latest);
          latest = clock.now();
        }
      }),
    );
  });

  it('stands still while the real clock is set back', () => {
    const clock = open(10);
    real += 1_000;
    const before = clock.now();
    real -= 500;
    expect(clock.now()).toBe(before);
    real = START - HOUR_MS;
    expect(open(10).now()).toBe(START);
  });

  it('refuses a file that does not hold a time', () => {
    writeFileSync(join(directory, 'clock.json'), '{"realTime":1}');
    expect(() => open(1)).toThrow(StartError);
    expect(() => open(1)).toThrow('does not hold the time of the system');
  });
});

describe('waiting by the system’s clock', () => {
  const NEVER = new AbortController().signal;

  it('takes as much less time as it is faster', async () => {
    const now = Date.now();
    const clock = clockFrom({ realTime: now, systemTime: START, rate: 100_000 });
    await clock.sleepUntil(START + HOUR_MS, NEVER);
    expect(clock.now()).toBeGreaterThanOrEqual(START + HOUR_MS);
  });

  it('ends when it is aborted', async () => {
    const stopping = new AbortController();
    const waiting = REAL_CLOCK.sleepUntil(Date.now() + HOUR_MS, stopping.signal);
    stopping.abort();
    await waiting;
  });
});
