import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Window } from '../../core/window.ts';
import { DAYS, nextWindow, windowEnd } from '../../core/window.ts';

const at = (text: string): number => Date.parse(text);
const NIGHTLY: Window = { days: ['sat'], from: '22:00', to: '02:00', zone: 'Europe/Zurich' };

describe('a window over midnight', () => {
  it('begins on its day and ends on the next, in its own zone', () => {
    // 2026-11-21 is a Saturday; Zurich is an hour ahead of UTC.
    expect(windowEnd([NIGHTLY], at('2026-11-21T20:59:59Z'))).toBeUndefined();
    expect(windowEnd([NIGHTLY], at('2026-11-21T21:00:00Z'))).toBe(at('2026-11-22T01:00:00Z'));
    expect(windowEnd([NIGHTLY], at('2026-11-22T00:59:59Z'))).toBe(at('2026-11-22T01:00:00Z'));
    expect(windowEnd([NIGHTLY], at('2026-11-22T01:00:00Z'))).toBeUndefined();
    expect(windowEnd([NIGHTLY], at('2026-11-22T22:30:00Z'))).toBeUndefined();
  });

  it('says when it opens next', () => {
    expect(nextWindow([NIGHTLY], at('2026-11-21T09:00:30Z'))).toBe(at('2026-11-21T21:00:00Z'));
    expect(nextWindow([NIGHTLY], at('2026-11-21T23:00:30Z'))).toBe(at('2026-11-21T23:00:30Z'));
    expect(nextWindow([NIGHTLY], at('2026-11-22T01:00:00Z'))).toBe(at('2026-11-28T21:00:00Z'));
  });

  it('follows the clocks when they change', () => {
    // Summer time begins on Sunday, 2026-03-29: Zurich is then two hours ahead.
    expect(nextWindow([NIGHTLY], at('2026-04-04T12:00:00Z'))).toBe(at('2026-04-04T20:00:00Z'));
  });
});

describe('a window over a change of the clocks', () => {
  const night: Window = { days: [...DAYS], from: '22:00', to: '06:00', zone: 'Europe/Berlin' };
  const within = (from: string, to: string): Window => ({ ...night, from, to });

  it.each([
    ['an hour shorter in spring', night, '2026-03-28T21:00:00Z', '2026-03-29T04:00:00Z'],
    ['an hour longer in autumn', night, '2026-10-24T20:00:00Z', '2026-10-25T05:00:00Z'],
    [
      'half an hour longer on Lord Howe',
      { ...night, zone: 'Australia/Lord_Howe' },
      '2026-04-04T11:00:00Z',
      '2026-04-04T19:30:00Z',
    ],
    [
      'open at a time that is skipped when the clocks jump',
      within('02:30', '04:00'),
      '2026-03-29T01:00:00Z',
      '2026-03-29T02:00:00Z',
    ],
    [
      'closed at a time that is skipped when they jump',
      within('01:30', '02:30'),
      '2026-03-29T00:30:00Z',
      '2026-03-29T01:00:00Z',
    ],
    ['open at the first of two such times', within('02:30', '04:00'), '2026-10-25T00:30:00Z', '2026-10-25T03:00:00Z'],
    ['closed at the first of two such times', within('01:30', '02:30'), '2026-10-24T23:30:00Z', '2026-10-25T00:30:00Z'],
  ])('is %s', (_, window, opens, closes) => {
    expect(nextWindow([window], at(opens) - 3 * 3600_000)).toBe(at(opens));
    expect(windowEnd([window], at(opens) - 1)).toBeUndefined();
    expect(windowEnd([window], at(opens))).toBe(at(closes));
    expect(windowEnd([window], at(closes) - 1)).toBe(at(closes));
    expect(windowEnd([window], at(closes))).toBeUndefined();
  });

  it('leaves none that lies in the skipped hour, nor one in the second of two', () => {
    const short = within('02:15', '02:45');
    expect(nextWindow([short], at('2026-03-28T12:00:00Z'))).toBe(at('2026-03-30T00:15:00Z'));
    expect(nextWindow([short], at('2026-10-25T01:20:00Z'))).toBe(at('2026-10-26T01:15:00Z'));
  });
});

describe('windows', () => {
  it('takes the one that closes last where two are open', () => {
    const day: Window = { days: [...DAYS], from: '08:00', to: '12:00', zone: 'UTC' };
    expect(windowEnd([day, { ...day, to: '18:00' }], at('2026-11-21T09:00:00Z'))).toBe(at('2026-11-21T18:00:00Z'));
  });

  it('has none where no day is given', () => {
    expect(nextWindow([{ ...NIGHTLY, days: [] }], at('2026-11-21T09:00:00Z'))).toBeUndefined();
  });

  it('is open at every moment before its end, and closed at its end', () => {
    const time = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }));
    const text = ([hour, minute]: [number, number]): string =>
      `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
    const moment = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2026-12-31T00:00:00Z') });
    fc.assert(
      fc.property(
        fc.subarray([...DAYS]),
        time,
        time,
        moment,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (days, from, to, now, part) => {
          fc.pre(text(from) !== text(to));
          const windows: Window[] = [{ days, from: text(from), to: text(to), zone: 'UTC' }];
          const end = windowEnd(windows, now);
          if (end === undefined) return;
          expect(end).toBeGreaterThan(now);
          expect(windowEnd(windows, Math.floor(now + (end - now) * part * 0.999))).toBe(end);
          expect(windowEnd(windows, end) === end).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });
});
