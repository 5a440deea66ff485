import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Window } from '../../core/window.ts';
import { DAYS, nextWindow, windowEnd } from '../../core/window.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
/** What is looked at: a change of the clocks in the middle, and a week of search behind the last moment asked about. */
const DAYS_BEFORE = 5;
const DAYS_AFTER = 13;

/** A day on which the clocks of a zone change, or do not. */
const CHANGES = [
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['America/New_York', '2026-03-08'],
  ['America/New_York', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-10-04'],
  ['Asia/Kathmandu', '2026-06-01'],
  ['UTC', '2026-06-01'],
  // Over midnight: forward from it, and back to the day before.
  ['America/Havana', '2026-03-08'],
  ['America/Havana', '2026-11-01'],
  ['America/St_Johns', '2010-11-07'],
  // The day that was left out altogether.
  ['Pacific/Apia', '2011-12-30'],
] as const;

/**
 * Every minute of the time looked at, by the latest that a clock on a wall there has shown until then:
 * `2026-03-29 01:59`. That it was put back does not take away what it has shown.
 */
function clockOn(zone: string, day: string): { readonly begins: number; readonly latest: readonly string[] } {
  const begins = Date.parse(day) - DAYS_BEFORE * DAY_MINUTES * MINUTE_MS;
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  const length = (DAYS_BEFORE + DAYS_AFTER) * DAY_MINUTES;
  let shown = '';
  const latest = Array.from({ length }, (_, minute) => {
    const now = format.format(begins + minute * MINUTE_MS);
    return (shown = now > shown ? now : shown);
  });
  return { begins, latest };
}

type Clock = ReturnType<typeof clockOn>;

/** The day after, or before, by the calendar. */
const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * DAY_MINUTES * MINUTE_MS).toISOString().slice(0, 10);

/** The first minute at which the clock shows a time or a later one, found by halves: the latest shown only grows. */
function walkTo({ begins, latest }: Clock, time: string): number {
  let [before, after] = [0, latest.length];
  while (before < after) {
    const middle = Math.floor((before + after) / 2);
    if ((latest[middle] ?? '') >= time) after = middle;
    else before = middle + 1;
  }
  return after < latest.length ? begins + after * MINUTE_MS : Number.POSITIVE_INFINITY;
}

function walked(clock: Clock, { days, from, to }: Window, day: string): { opens: number; closes: number }[] {
  const first = dayAfter(day, -DAYS_BEFORE + 1);
  return Array.from({ length: DAYS_BEFORE + DAYS_AFTER - 2 }, (_, index) => dayAfter(first, index))
    .filter((date) => days.includes(DAYS[new Date(date).getUTCDay()] ?? 'sun'))
    .map((date) => ({
      opens: walkTo(clock, `${date} ${from}`),
      closes: walkTo(clock, `${to > from ? date : dayAfter(date, 1)} ${to}`),
    }))
    .filter(({ opens, closes }) => opens < closes);
}

const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
/** Mostly about the hours at which clocks change. */
const nearby = fc.oneof(
  time,
  fc.constantFrom('00:00', '00:30', '01:00', '01:30', '01:59', '02:00', '02:15', '02:30', '03:00', '23:30'),
);

describe.each(CHANGES)('windows in %s about %s', (zone, day) => {
  const clock = clockOn(zone, day);
  const window = fc
    .record({ days: fc.subarray([...DAYS]), from: nearby, to: nearby, zone: fc.constant(zone) })
    .filter(({ from, to }) => from !== to);
  const moment = fc
    .integer({ min: -2 * DAY_MINUTES * 60, max: 3 * DAY_MINUTES * 60 })
    .map((seconds) => Date.parse(day) + seconds * 1000);

  it('open and close as on a clock that is watched minute by minute', () => {
    fc.assert(
      fc.property(fc.array(window, { minLength: 1, maxLength: 3 }), moment, (windows, now) => {
        const times = windows.flatMap((one) => walked(clock, one, day));
        const open = times.filter(({ opens, closes }) => opens <= now && now < closes);
        const end = open.length > 0 ? Math.max(...open.map(({ closes }) => closes)) : undefined;
        expect(windowEnd(windows, now)).toBe(end);

        const opens = times.map((one) => one.opens).filter((at) => at > now);
        const next = open.length > 0 ? now : Math.min(...opens);
        const found = nextWindow(windows, now);
        // Those that open later than a week are nobody's next; an eighth day is looked at in part.
        if (next <= now + 7 * DAY_MINUTES * MINUTE_MS) expect(found).toBe(next);
        else expect(found === undefined || found === next).toBe(true);
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
