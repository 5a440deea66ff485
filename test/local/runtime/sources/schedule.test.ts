import { afterEach, describe, expect, it } from 'vitest';
import { clockFrom, REAL_CLOCK } from '../../../../local/clock.ts';
import type { SystemClock } from '../../../../local/clock.ts';
import type { ScheduleSpec } from '../../../../local/runtime/deploy/deployment.ts';
import { failed } from '../../../../local/runtime/lambda/outcome.ts';
import type { Outcome } from '../../../../local/runtime/lambda/outcome.ts';
import { startSchedule } from '../../../../local/runtime/sources/schedule.ts';
import type { ScheduleDeps } from '../../../../local/runtime/sources/schedule.ts';
import type { EventSource } from '../../../../local/runtime/sources/source.ts';

const SPEC: ScheduleSpec = {
  arn: 'arn:aws:scheduler:us-east-1:999988887777:schedule/default/tick',
  groupArn: 'arn:aws:scheduler:us-east-1:999988887777:schedule-group/default',
  rateMs: 60_000,
  targetArn: 'arn:aws:lambda:us-east-1:999988887777:function:sweeper',
  roleArn: 'arn:aws:iam::999988887777:role/schedule',
  input: '{"a":1}',
};

const by = ({ now, sleepUntil }: SystemClock) => ({ clock: now, sleepUntil });
const REAL = by(REAL_CLOCK);
const FAST = by(clockFrom({ realTime: Date.now(), systemTime: 0, rate: 60_000 }));

const sources: EventSource[] = [];
afterEach(async () => {
  for (const source of sources.splice(0)) await source.stop();
});

function schedule(changes: Partial<ScheduleDeps> & { outcome?: () => Outcome } = {}) {
  const events: unknown[] = [];
  const reports: string[] = [];
  const { outcome = () => ({ ok: true, payload: 'null' }) as const, ...deps } = changes;
  const source = startSchedule(SPEC, {
    invoke: async (_arn, event) => {
      events.push(event);
      return outcome();
    },
    authorize: () => Promise.resolve(),
    report: (error) => reports.push(String(error)),
    ...REAL,
    ...deps,
  });
  sources.push(source);
  return { events, reports, source };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe('a schedule', () => {
  it('starts its target at once, with its input, and waits out its period', async () => {
    const { events, source } = schedule();
    await until(() => events.length === 1);
    await source.stop();
    expect(events).toEqual([{ a: 1 }]);
  });

  it('goes by the clock’s rate', async () => {
    const { events } = schedule(FAST);
    await until(() => events.length >= 3);
  });

  it('reports a target that fails, and goes on', async () => {
    const { events, reports } = schedule({ ...FAST, outcome: () => failed('Error', 'no') });
    await until(() => events.length >= 2);
    expect(reports[0]).toBe('Error: {"errorType":"Error","errorMessage":"no"}');
  });

  it('starts nothing where its role may not', async () => {
    const { events, reports } = schedule({ authorize: () => Promise.reject(new Error('not authorized')) });
    await until(() => reports.length > 0);
    expect(reports[0]).toBe('Error: not authorized');
    expect(events).toEqual([]);
  });
});
