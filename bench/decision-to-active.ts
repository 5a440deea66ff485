import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GrantView } from '../contract/schemas.ts';
import { post } from './http.ts';
import { median, quantile, timed } from './numbers.ts';
import { against, rounded, table } from './report.ts';
import { startSystem, tokenOf } from './system.ts';

const CLIENTS = 4;
const ROUNDS = 50;
/** Each worker of a function compiles its code for itself; speed is steady after about this many. */
const WARM_UP_ROUNDS = 50;
const GOAL = { p99: 300 } as const;

/** Asks as alice and approves as bob; how long the approval took to answer `active`, in milliseconds. */
type Round = () => Promise<number>;

/**
 * From a person's decision to the active grant: one call over HTTP to the whole system, which runs in processes of its
 * own on the same machine. Each client asks for a grant, which is not timed, and approves it, which is. Meanwhile the
 * system does what follows from each: its workflow, events and messages.
 */
export async function decisionToActive(): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'writ-bench-'));
  const system = await startSystem(home);
  try {
    const round = roundsOf(system.api, await tokenOf(system, 'alice'), await tokenOf(system, 'bob'));
    const first = (await Promise.all(Array.from({ length: CLIENTS }, () => repeat(round, 1)))).flat();
    await Promise.all(Array.from({ length: CLIENTS }, () => repeat(round, WARM_UP_ROUNDS)));
    const measured = (await Promise.all(Array.from({ length: CLIENTS }, () => repeat(round, ROUNDS)))).flat();
    const row = (what: string, times: readonly number[]): (string | number)[] => [
      what,
      rounded(median(times)),
      rounded(quantile(times, 0.9)),
      rounded(quantile(times, 0.99)),
      rounded(Math.max(...times)),
    ];
    const p99 = quantile(measured, 0.99);
    return [
      table(
        ['call', 'p50 ms', 'p90', 'p99', 'slowest'],
        [row('POST /v1/grants/{id}/approvals: to active', measured), row('the first time after the start', first)],
      ),
      `Goal: p99 ≤ ${GOAL.p99} ms: ${against(p99, GOAL.p99)}.`,
      `${CLIENTS} concurrent clients, ${measured.length} decisions after ${CLIENTS * WARM_UP_ROUNDS} to warm up.`,
    ].join('\n');
  } finally {
    await system.stop();
    rmSync(home, { recursive: true });
  }
}

const WRITE_OF_C42 = {
  entitlement: 'orders-write',
  parameters: { customer: 'C-42' },
  durationSeconds: 300,
  purpose: 'measuring',
  justification: 'npm run bench',
};

const roundsOf =
  (api: string, alice: string, bob: string): Round =>
  async () => {
    const asked = (await post(`${api}/v1/grants`, alice, WRITE_OF_C42, 201)) as GrantView;
    const vote = { verdict: 'approve', comment: 'measuring', requestSha256: asked.question?.requestSha256 };
    const { milliseconds, value } = await timed(() => post(`${api}/v1/grants/${asked.id}/approvals`, bob, vote, 200));
    const { status } = value as GrantView;
    if (status !== 'active') throw new Error(`the approved grant is ${status}`);
    return milliseconds;
  };

async function repeat(round: Round, times: number): Promise<number[]> {
  const measured: number[] = [];
  for (let done = 0; done < times; done++) measured.push(await round());
  return measured;
}
