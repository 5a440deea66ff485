/** A day of the calendar and a minute of it, as a zone's clocks show them: no instant yet. */
export interface WallTime {
  readonly date: WallDate;
  readonly minute: number;
}

/** Days since 1 January 1970, counted by the calendar and so the same in every zone. */
export type WallDate = number;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 3600 * 1000;

/** The day that it is in a zone. `at` is epoch milliseconds. */
export const dateIn = (zone: string, at: number): WallDate => Math.floor((at + offsetOf(zone, at)) / DAY_MS);

/** 0 for a Sunday. */
export const weekdayOf = (date: WallDate): number => (date + 4) % 7; // 1 January 1970 was a Thursday

/**
 * The first moment at which a zone's clocks show this time or a later one, in epoch milliseconds. So a time that does
 * not exist, as clocks were put forward over it, is the moment they were; of a time that exists twice, as they were put
 * back, it is the first.
 */
export function instantOf(zone: string, { date, minute }: WallTime): number {
  const shown = date * DAY_MS + minute * MINUTE_MS;
  // No zone is a day off UTC, so these are the offsets before and after it; of two changes within two days, none knows.
  const [before, after] = [offsetOf(zone, shown - DAY_MS), offsetOf(zone, shown + DAY_MS)];
  const [earliest, latest] = [shown - Math.max(before, after), shown - Math.min(before, after)];
  if (earliest + offsetOf(zone, earliest) >= shown) return earliest;
  if (latest + offsetOf(zone, latest) <= shown) return latest;
  return changeBetween(zone, earliest, latest);
}

/** When the clocks changed: after `early`, by `late`. */
function changeBetween(zone: string, early: number, late: number): number {
  const offset = offsetOf(zone, early);
  let [before, after] = [early, late];
  while (after - before > MINUTE_MS) {
    const middle = before + Math.floor((after - before) / MINUTE_MS / 2) * MINUTE_MS;
    if (offsetOf(zone, middle) === offset) before = middle;
    else after = middle;
  }
  return after;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far a zone's clocks are ahead of UTC, in milliseconds. */
function offsetOf(zone: string, at: number): number {
  const format = formats.get(zone) ?? new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...FIELDS });
  formats.set(zone, format);
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? Number.NaN;
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return shown - Math.floor(at / 1000) * 1000;
}

const FIELDS = {
  calendar: 'gregory',
  numberingSystem: 'latn',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
} as const;
