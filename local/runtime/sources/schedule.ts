/**
 * A schedule with a rate: the first time at once, as a new schedule has it, then once in each period. It never overlaps
 * with itself: a target that takes longer than its period is not started twice.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#rate-based
 */
import type { ScheduleSpec } from '../deploy/deployment.ts';
import { loop, pause } from './source.ts';
import type { EventSource, SourceDeps } from './source.ts';

export interface ScheduleDeps extends Pick<SourceDeps, 'invoke' | 'report'> {
  /** Checks that the schedule's role lets it invoke its target. @throws {Error} in IAM's words */
  readonly authorize: (spec: ScheduleSpec) => Promise<void>;
  /** How many times faster than real time periods pass. */
  readonly clockRate: number;
}

export function startSchedule(spec: ScheduleSpec, deps: ScheduleDeps): EventSource {
  return loop(`schedule ${spec.arn}`, deps.report, async (signal) => {
    await deps.authorize(spec);
    const outcome = await deps.invoke(spec.targetArn, JSON.parse(spec.input));
    if (!outcome.ok) deps.report(new Error(JSON.stringify(outcome.error)), `schedule ${spec.arn}`);
    await pause(spec.rateMs / deps.clockRate, signal);
  });
}
