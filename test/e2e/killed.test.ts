/** The machine stops in the middle of a wait: what was asked is asked on, and nobody is reminded twice. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startLocal } from '../../local/system.ts';
import type { LocalSystem } from '../../local/system.ts';
import { approved, asked, eventually, executionsOf, leavesOf, outbox, seen } from './asking.ts';
import { signedIn, temporaryHome } from './harness.ts';
import { takePlace } from './place.ts';
import type { Place } from './place.ts';
import { startProcess } from './process.ts';
import type { Started } from './process.ts';

/** An hour in half a minute. */
const RATE = 120;
const { home, remove } = temporaryHome();

let place: Place;
let running: Started | undefined;
let system: LocalSystem | undefined;

beforeAll(async () => {
  place = await takePlace();
});
afterAll(async () => {
  await killed();
  await system?.close();
  remove();
}, 60_000);

async function started() {
  const { ports, assembly } = place;
  running = startProcess({
    WRIT_HOME: home,
    WRIT_PORT: String(ports.api),
    WRIT_ASSEMBLY: assembly,
    WRIT_CLOCK_RATE: String(RATE),
  });
  return running.ready;
}

async function killed(): Promise<void> {
  running?.child.kill('SIGKILL');
  await running?.ended;
  running = undefined;
}

it('goes on after two kills', { timeout: 900_000 }, async () => {
  const first = await started();
  const alice = await signedIn(first, 'alice', true);
  const [soon, late] = [await asked(alice), await asked(alice)];
  await eventually(async () => {
    const told = (await outbox(first)).filter(({ to }) => to === 'bob@example.com');
    for (const { id } of [soon, late]) expect(told.some(({ body }) => body.includes(id))).toBe(true);
  });
  await killed();

  const second = await started();
  await eventually(async () => {
    const told = (await outbox(second)).filter(({ body }) => body.includes('still waits for'));
    for (const { id } of [soon, late]) expect(told.some(({ body }) => body.includes(id))).toBe(true);
  });
  await killed();

  system = await startLocal({ home, ...place, clockRate: RATE });
  const [bob, carol, audrey] = await Promise.all([
    signedIn(system, 'bob', true),
    signedIn(system, 'carol', true),
    signedIn(system, 'audrey'),
  ]);
  expect((await approved(bob, await seen(bob, soon))).status).toBe('active');
  const escalated = await eventually(async () => {
    const now = await seen(carol, late);
    expect(now.approvers.map(({ name }) => name)).toContain('Carol');
    return now;
  });
  expect((await approved(carol, escalated)).status).toBe('active');
  const { rootCredentials, aws } = system;
  await eventually(async () => {
    for (const grant of [soon, late]) {
      // One that was started again, because nobody knew whether it had been, ends as well.
      const states = await executionsOf({ rootCredentials, aws }, grant);
      expect(states.length).toBeGreaterThan(0);
      expect(states.filter((state) => state !== 'SUCCEEDED')).toEqual([]);
    }
  });
  for (const grant of [soon, late]) {
    const types = (await leavesOf(audrey, grant)).map(({ type }) => type);
    expect(types.filter((type) => type === 'approval.reminded')).toHaveLength(1);
    expect(types.filter((type) => type === 'grant.activated')).toHaveLength(1);
  }
});
