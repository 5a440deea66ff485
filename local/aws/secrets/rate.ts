/** How often a secret rotates. */
const UNIT_MS = { hour: 3_600_000, hours: 3_600_000, day: 86_400_000, days: 86_400_000 } as const;

export const RATE = /^rate\((\d+) (hours?|days?)\)$/;

/** Milliseconds; `undefined` where it rotates only when told to. @param rules with a `ScheduleExpression` that is `RATE` */
export function rateMsOf(rules: {
  readonly AutomaticallyAfterDays?: number | undefined;
  readonly ScheduleExpression?: string | undefined;
}): number | undefined {
  const { AutomaticallyAfterDays: days, ScheduleExpression: expression } = rules;
  if (expression === undefined) return days === undefined ? undefined : days * UNIT_MS.days;
  const [, count, unit] = RATE.exec(expression) ?? [];
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}
