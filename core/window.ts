/**
 * A time of the week at which an entitlement may be held, such as a maintenance window. `from` later than `to` runs
 * over midnight; the day is the one it begins on.
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

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
const SEARCH_MINUTES = 8 * DAY_MINUTES;

/** When the window that is open at `at` closes; undefined when none is. Epoch milliseconds, whole minutes. */
export function windowEnd(windows: readonly Window[], at: number): number | undefined {
  const ends = windows.flatMap((window) => {
    const open = minutesLeft(window, at);
    return open === undefined ? [] : [startOfMinute(at) + open * MINUTE_MS];
  });
  return ends.length > 0 ? Math.max(...ends) : undefined;
}

/** When the next window opens, at `at` at the earliest; undefined when none does within a week. */
export function nextWindow(windows: readonly Window[], at: number): number | undefined {
  if (windowEnd(windows, at) !== undefined) return at;
  for (let minute = 1; minute <= SEARCH_MINUTES; minute++) {
    const candidate = startOfMinute(at) + minute * MINUTE_MS;
    if (windowEnd(windows, candidate) !== undefined) return candidate;
  }
  return undefined;
}

const startOfMinute = (at: number): number => Math.floor(at / MINUTE_MS) * MINUTE_MS;

/** Minutes until the window closes, from the minute of `at`; undefined outside it. */
function minutesLeft({ days, from, to, zone }: Window, at: number): number | undefined {
  const { day, minute } = localTime(zone, at);
  const [begins, ends] = [minutesOf(from), minutesOf(to)];
  const length = (ends - begins + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES;
  const sinceToday = minute - begins;
  if (sinceToday >= 0 && sinceToday < length && days.includes(day)) return length - sinceToday;
  const sinceYesterday = sinceToday + DAY_MINUTES;
  const yesterday = DAYS[(DAYS.indexOf(day) + 6) % 7];
  if (sinceYesterday < length && yesterday !== undefined && days.includes(yesterday)) return length - sinceYesterday;
  return undefined;
}

function minutesOf(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localTime(zone: string, at: number): { day: Day; minute: number } {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  formats.set(zone, format);
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const day = DAYS.find((name) => name === parts['weekday']?.toLowerCase());
  if (!day) throw new TypeError(`no weekday in zone ${zone}`);
  return { day, minute: Number(parts['hour']) * 60 + Number(parts['minute']) };
}
