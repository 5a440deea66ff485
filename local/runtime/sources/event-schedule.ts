/**
 * A rule of EventBridge that makes events of its own at a rate, by the clock. When it last did is kept: a restart
 * neither repeats nor forgets one.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html
 */
import { randomUUID } from 'node:crypto';
import type { EventBuses } from '../../aws/events/buses.ts';
import type { Rule } from '../../aws/events/match.ts';
import type { SleepUntil } from '../../aws/sleep.ts';
import type { StateStore } from '../../aws/store.ts';
import { loop } from './source.ts';
import type { EventSource } from './source.ts';

export interface EventScheduleDeps {
  readonly buses: Pick<EventBuses, 'acceptScheduled'>;
  readonly store: StateStore;
  readonly clock: () => number;
  readonly sleepUntil: SleepUntil;
  readonly report: (error: unknown, where: string) => void;
}

export function startEventSchedule(rule: Rule & { readonly rateMs: number }, deps: EventScheduleDeps): EventSource {
  const { buses, store, clock, sleepUntil, report } = deps;
  const key = `events/last/${rule.arn}`;
  return loop(`rule ${rule.arn}`, report, async (signal) => {
    let last = store.get(key) as number | undefined;
    if (last === undefined) {
      last = clock();
      await store.write({ [key]: last });
    }
    await sleepUntil(last + rule.rateMs, signal);
    if (signal.aborted) return;
    const now = clock();
    await buses.acceptScheduled(rule, eventOf(rule, now), { [key]: now });
  });
}

function eventOf({ arn }: Rule, now: number) {
  const [, , , region = '', account = ''] = arn.split(':');
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account,
    time: new Date(now).toISOString().replace(/\.\d+Z$/, 'Z'),
    region,
    resources: [arn],
    detail: {},
  };
}
