/** Rate expressions, of rules and of schedules. */
import { z } from 'zod';

const UNIT_MS = {
  minute: 60_000,
  minutes: 60_000,
  hour: 3_600_000,
  hours: 3_600_000,
  day: 86_400_000,
  days: 86_400_000,
};
const RATE = /^rate\((\d+) (minutes?|hours?|days?)\)$/;

/** A `ScheduleExpression`, as milliseconds. */
export const rate = z
  .string()
  .regex(RATE, { error: 'only rate expressions are built' })
  .transform((text) => {
    const [, count, unit] = RATE.exec(text) ?? [];
    return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  });
