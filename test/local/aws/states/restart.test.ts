import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { levelStore } from '../../../../local/aws/store.ts';
import type { StateStore } from '../../../../local/aws/store.ts';
import { ASK, asl, INVOKE, manualClock, openWorld, START } from './world.ts';
import type { ManualClock, World, WorldOptions } from './world.ts';

let directory: string;
let store: StateStore;
let clock: ManualClock;
let world: World;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'writ-states-'));
  clock = manualClock(START);
});
afterEach(async () => {
  await world.stop();
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

async function open(options: WorldOptions = {}): Promise<void> {
  store = await levelStore(directory);
  world = await openWorld({ store, clock, ...options });
}

/** The system is off for so long, in milliseconds. */
async function restart(offMs: number, options: WorldOptions = {}): Promise<void> {
  await world.stop();
  await store.close();
  clock.advance(offMs);
  await open(options);
}

const hang = () => new Promise<never>(() => undefined);
const activity = (arn: string, kind: string) =>
  world.seen(arn, ({ status, current }) => status === 'RUNNING' && current.activity.kind === kind);

test('a wait goes on, to the time it had', async () => {
  await open();
  await world.put('m', asl({ A: { Type: 'Wait', Seconds: 60, End: true } }));
  const { arn } = await world.start('m');
  await activity(arn, 'waiting');
  await restart(30_000);
  await activity(arn, 'waiting');
  clock.advance(29_999);
  expect((await activity(arn, 'waiting')).status).toBe('RUNNING');
  clock.advance(1);
  expect(await world.closed(arn)).toMatchObject({ status: 'SUCCEEDED', stoppedAt: START + 60_000 });
});

test('a wait whose time has passed meanwhile is over at once', async () => {
  await open();
  await world.put('m', asl({ A: { Type: 'Wait', Seconds: 60, End: true } }));
  const { arn } = await world.start('m');
  await activity(arn, 'waiting');
  await restart(3_600_000);
  expect(await world.closed(arn)).toMatchObject({ status: 'SUCCEEDED' });
});

test('a function that was running is invoked again, with the same event', async () => {
  await open({ lambda: hang });
  await world.put('m', asl({ Call: { ...INVOKE, Output: '{% $states.result.Payload %}', End: true } }));
  const { arn } = await world.start('m', { n: 1 });
  await activity(arn, 'task');
  await restart(1_000);
  expect(await world.closed(arn)).toMatchObject({ status: 'SUCCEEDED', output: '{"n":1}' });
  expect(world.invocations).toEqual([{ n: 1 }]);
});

test('a deadline that passed meanwhile counts, and nothing is invoked', async () => {
  await open({ lambda: hang });
  await world.put('m', asl({ Call: { ...INVOKE, TimeoutSeconds: 10, End: true } }));
  const { arn } = await world.start('m');
  await activity(arn, 'task');
  await restart(10_000);
  expect(await world.closed(arn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  expect(world.invocations).toEqual([]);
});

test('a token stays good, and its task is not asked about again', async () => {
  await open();
  await world.put('m', asl({ Ask: { ...ASK, TimeoutSeconds: 100, End: true } }));
  const { arn } = await world.start('m');
  await world.seen(arn, ({ current }) => current.activity.kind === 'task' && current.activity.submitted);
  const [{ token }] = world.invocations as [{ token: string }];
  await restart(99_000);
  await world.aws.stepFunctions.engine.settle(token, { ok: true, result: 'yes' });
  expect(await world.closed(arn)).toMatchObject({ status: 'SUCCEEDED', output: '"yes"' });
  expect(world.invocations).toEqual([]);
});

test('retries are counted on, and come at their time', async () => {
  const broken = () => ({ ok: false, error: { errorType: 'E', errorMessage: '' } }) as const;
  await open({ lambda: broken });
  const Retry = [{ ErrorEquals: ['E'], IntervalSeconds: 10, BackoffRate: 1, MaxAttempts: 2 }];
  await world.put('m', asl({ Call: { ...INVOKE, Retry, End: true } }));
  const { arn } = await world.start('m');
  await activity(arn, 'retrying');
  await restart(4_000, { lambda: broken });
  expect((await activity(arn, 'retrying')).current.activity).toEqual({ kind: 'retrying', until: START + 10_000 });
  clock.advance(6_000);
  await world.seen(arn, ({ current }) => current.retries[0] === 2);
  await restart(10_000, { lambda: broken });
  expect(await world.closed(arn)).toMatchObject({ status: 'FAILED', error: 'E' });
});

test('an execution keeps the definition and the role that it started with', async () => {
  await open();
  const before = asl({ A: { Type: 'Wait', Seconds: 60, Next: 'B' }, B: { ...INVOKE, Output: 'old', End: true } });
  await world.put('m', before);
  const { arn } = await world.start('m');
  await activity(arn, 'waiting');
  await restart(0);
  await world.put('m', asl({ Z: { Type: 'Succeed', Output: 'new' } }), 'arn:aws:iam::999988887777:role/other');
  const { arn: later } = await world.start('m');
  expect(await world.closed(later)).toMatchObject({ output: '"new"' });
  clock.advance(60_000);
  expect(await world.closed(arn)).toMatchObject({ status: 'SUCCEEDED', output: '"old"', roleArn: world.roleArn });
});

test('closed executions are forgotten after 90 days, running ones never', async () => {
  await open();
  await world.put('m', asl({ A: { Type: 'Succeed' } }));
  await world.put('w', asl({ A: { Type: 'Wait', Seconds: 99_999_999, End: true } }));
  const closed = await world.start('m');
  await world.closed(closed.arn);
  const running = await world.start('w');
  await restart(90 * 86_400_000);
  expect(store.get(`states/execution/${closed.arn}`)).toBeUndefined();
  expect(store.entries(`states/event/${closed.arn}`)).toEqual([]);
  expect((await activity(running.arn, 'waiting')).status).toBe('RUNNING');
});

test('everything goes on after kill -9', async () => {
  const script = fileURLToPath(new URL('./crashing.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  expect(await exited).toEqual([null, 'SIGKILL']);
  const { ask, call, wait, token } = JSON.parse(line) as Record<'ask' | 'call' | 'wait' | 'token', string>;

  clock.advance(1_000);
  await open();
  expect(await world.closed(call)).toMatchObject({ status: 'SUCCEEDED', output: '"called"' });
  expect(world.invocations).toEqual([{ hang: true }]);
  await world.aws.stepFunctions.engine.settle(token, { ok: true, result: 'yes' });
  expect(await world.closed(ask)).toMatchObject({ status: 'SUCCEEDED', output: '"yes"' });
  await activity(wait, 'waiting');
  clock.advance(59_000);
  expect(await world.closed(wait)).toMatchObject({ status: 'SUCCEEDED', output: '1', stoppedAt: START + 60_000 });
});
