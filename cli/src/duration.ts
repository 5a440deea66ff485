import { usage } from './failure.ts';

const PARTS = /^(?:(\d{1,3})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s)?$/;

/** `10m`, `1h30m`, `90s`, `30d` → seconds. A bare number is refused: nobody can tell minutes from seconds. */
export function parseDuration(text: string): number {
  const [, days, hours, minutes, seconds] = PARTS.exec(text) ?? [];
  if ([days, hours, minutes, seconds].every((part) => part === undefined)) {
    throw usage(`"${text}" is not a duration`, 'Write it as 10m, 1h30m, 90s or 30d.');
  }
  return Number(days ?? 0) * 86_400 + Number(hours ?? 0) * 3_600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
}

/** Seconds → `1h30m`, `2d4h`: what `parseDuration` reads. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor((whole % 86_400) / 3_600), 'h'],
    [Math.floor((whole % 3_600) / 60), 'm'],
    [whole % 60, 's'],
  ] as const;
  return (
    parts
      .filter(([count]) => count > 0)
      .map(([count, unit]) => `${count}${unit}`)
      .join('') || '0s'
  );
}

/** As people say it of hours and days: no seconds where minutes are enough. */
export function aboutDuration(seconds: number): string {
  return formatDuration(seconds < 3_600 ? seconds : seconds - (seconds % 60));
}

/** From now until the instant, in seconds; 0 when it is past. */
export const secondsUntil = (instant: string, now: number): number =>
  Math.max(0, Math.floor((Date.parse(instant) - now) / 1_000));
