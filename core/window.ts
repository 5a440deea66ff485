import type { WallDate } from './wallClock.ts';
import { dateIn, instantOf, weekdayOf } from './wallClock.ts';

/**
 * A time of the week at which an entitlement may be held, such as a maintenance window. `from` later than `to` runs
 * over midnight; the day is the one it begins on. It opens and closes when the clocks of its zone first show that time
 * or a later one, so it is as much shorter or longer as they change meanwhile: put forward over the whole of it, they
 * leave none that day.
 */
export interface Window {
  readonly days: readonly Day[];
  /** `HH:MM`, in `zone`. */
  readonly from: string;
  readonly to: string;
  /** IANA time zone, such as `Europe/Zurich`. */
  readonly zone: string;
}

export const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
export type Day = (typeof DAYS)[number];

/** Days ahead: the same day of the next week, and one more for a search that begins after today's closed. */
const SEARCH_DAYS = 8;

/** When the window that is open at `at` closes; undefined when none is. Epoch milliseconds, whole minutes. */
export function windowEnd(windows: readonly Window[], at: number): number | undefined {
  const open = windows.flatMap((window) => occurrences(window, at, 1)).filter(({ opens }) => opens <= at);
  return open.length > 0 ? Math.max(...open.map(({ closes }) => closes)) : undefined;
}

/** When the next window opens, at `at` at the earliest; undefined when none does within a week. */
export function nextWindow(windows: readonly Window[], at: number): number | undefined {
  const ahead = windows.flatMap((window) => occurrences(window, at, SEARCH_DAYS));
  return ahead.length > 0 ? Math.max(at, Math.min(...ahead.map(({ opens }) => opens))) : undefined;
}

interface Occurrence {
  /** Epoch milliseconds. */
  readonly opens: number;
  readonly closes: number;
}

/** The times at which a window is open after `at`, of those that begin between yesterday and `days` ahead. */
function occurrences(window: Window, at: number, days: number): Occurrence[] {
  const today = dateIn(window.zone, at);
  const dates = Array.from({ length: days + 2 }, (_, index) => today - 1 + index);
  return dates
    .filter((date) => window.days.some((day) => DAYS.indexOf(day) === weekdayOf(date)))
    .map((date) => occurrenceOn(window, date))
    .filter(({ opens, closes }) => opens < closes && at < closes);
}

function occurrenceOn({ from, to, zone }: Window, date: WallDate): Occurrence {
  const [begins, ends] = [minutesOf(from), minutesOf(to)];
  return {
    opens: instantOf(zone, { date, minute: begins }),
    closes: instantOf(zone, { date: ends > begins ? date : date + 1, minute: ends }),
  };
}

function minutesOf(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}
