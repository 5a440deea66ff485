/**
 * A schedule with a rate: the first time at once, as a new schedule has it, then once in each period. It never overlaps
 * with itself: a target that takes longer than its period is not started twice.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#rate-based
 */
import type { SleepUntil } from '../../aws/sleep.ts';
import type { ScheduleSpec } from '../deploy/deployment.ts';
import { loop } from './source.ts';
import type { EventSource, SourceDeps } from './source.ts';

export interface ScheduleDeps extends Pick<SourceDeps, 'invoke' | 'report'> {
  /** Checks that the schedule's role lets it invoke its target. @throws {Error} in IAM's words */
  readonly authorize: (spec: ScheduleSpec) => Promise<void>;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly sleepUntil: SleepUntil;
}

export function startSchedule(spec: ScheduleSpec, deps: ScheduleDeps): EventSource {
  return loop(`schedule ${spec.arn}`, deps.report, async (signal) => {
    const next = deps.clock() + spec.rateMs;
    await deps.authorize(spec);
    const outcome = await deps.invoke(spec.targetArn, JSON.parse(spec.input));
    if (!outcome.ok) deps.report(new Error(JSON.stringify(outcome.error)), `schedule ${spec.arn}`);
    await deps.sleepUntil(next, signal);
  });
}
