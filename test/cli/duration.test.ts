import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aboutDuration, formatDuration, parseDuration, secondsUntil } from '../../cli/src/duration.ts';

describe('durations', () => {
  it.each([
    ['90s', 90],
    ['10m', 600],
    ['1h30m', 5_400],
    ['1h0m5s', 3_605],
    ['0s', 0],
    ['30d', 2_592_000],
    ['1d2h', 93_600],
  ])('%s is %i seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(['', '600', '10', '10 m', '1.5h', '-10m', 'm', '10m10h', '10M', '99999h', '1h1d'])('refuses "%s"', (text) => {
    expect(() => parseDuration(text)).toThrow(`"${text}" is not a duration`);
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 7_776_000 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds))).toBe(seconds);
      }),
    );
  });

  it.each([
    [59, '59s'],
    [3_599, '59m59s'],
    [3_661, '1h1m'],
    [86_399, '23h59m'],
  ])('says about %i seconds as %s', (seconds, text) => {
    expect(aboutDuration(seconds)).toBe(text);
  });

  it('counts whole seconds, and none below zero', () => {
    expect(secondsUntil('2026-11-21T09:00:10.900Z', Date.parse('2026-11-21T09:00:00Z'))).toBe(10);
    expect(secondsUntil('2026-11-21T09:00:00Z', Date.parse('2026-11-21T10:00:00Z'))).toBe(0);
    expect(formatDuration(-5)).toBe('0s');
  });
});
