import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './numbers.ts';
import { against, rounded, table } from './report.ts';
import { startSystem } from './system.ts';

const RUNS = 3;
const GOAL_SECONDS = 15;

/** From `npm start` to the line that says that all is up: in an empty directory, and again in the same one. */
export async function startUp(): Promise<string> {
  const seconds: { readonly fresh: number[]; readonly kept: number[] } = { fresh: [], kept: [] };
  for (let run = 0; run < RUNS; run++) {
    const home = mkdtempSync(join(tmpdir(), 'writ-bench-'));
    try {
      for (const times of [seconds.fresh, seconds.kept]) {
        const system = await startSystem(home);
        times.push(system.startedIn / 1000);
        await system.stop();
      }
    } finally {
      rmSync(home, { recursive: true });
    }
  }
  const rows = Object.entries(seconds).map(([state, times]) => [
    `${state} state`,
    rounded(median(times)),
    rounded(Math.min(...times)),
    `≤ ${GOAL_SECONDS}`,
    against(median(times), GOAL_SECONDS),
  ]);
  return [table(['npm start', 'ready after s', 'fastest', 'goal', ''], rows), `Medians of ${RUNS} starts each.`].join(
    '\n',
  );
}
