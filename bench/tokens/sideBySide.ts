import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { median } from '../numbers.ts';
import { rounded, table } from '../report.ts';
import { send, sendAll } from './load.ts';
import type { FormRequest, Requests, Server } from './requests.ts';
import { createRequests } from './requests.ts';
import { API, REGULARS } from './sample.ts';
import type { Started } from './worker.ts';

const ROUNDS = 15;
const WARM_UP_ROUNDS = 3;
const BATCH = 300;
const AT_ONCE = 8;
const GOAL = 1.5;
const CORE = '1';

/** What both servers are asked, by the fresh requests of one batch. */
interface Scene {
  readonly name: string;
  /** Whether Writ asks its policies, which oidc-provider has nothing like. */
  readonly decides: boolean;
  readonly requests: (server: Server, from: number) => Promise<readonly FormRequest[]>;
}

interface Figures {
  /** Requests a second, by the wall clock. */
  readonly perSecond: number[];
  /** Processor time of the servers' process for one request, in microseconds. */
  readonly processor: number[];
}

/** Exchange and introspection of Writ and of oidc-provider, in turns, in one process on one core. */
export async function sideBySide(): Promise<string> {
  const requests = createRequests();
  const { child, remove } = await startWorker();
  try {
    child.send(requests.known);
    const { writ, undecided, peer } = (await answerOf(child)) as Started;
    const rows: (string | number)[][] = [];
    for (const scene of scenesOf(requests)) {
      const servers = [writ, ...(scene.decides ? [undecided] : []), peer];
      const figures = servers.map((): Figures => ({ perSecond: [], processor: [] }));
      for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
        for (const [index, server] of servers.entries()) {
          const batch = await scene.requests(server, (round + WARM_UP_ROUNDS) * BATCH);
          const before = await processorOf(child);
          const seconds = await sendAll(server.port, batch, AT_ONCE);
          const processor = (await processorOf(child)) - before;
          if (round < 0) continue;
          figures[index]?.perSecond.push(batch.length / seconds);
          figures[index]?.processor.push((processor * 1000) / batch.length);
        }
      }
      const [whole, other, third] = figures;
      if (!whole || !other) throw new Error('nothing was measured');
      rows.push(rowOf(scene.name, whole, third ?? other));
      if (third) rows.push(rowOf(`${scene.name}; the same checks: no policies`, other, third));
    }
    return table(HEAD, rows);
  } finally {
    child.disconnect();
    await once(child, 'exit');
    remove();
  }
}

const HEAD = [
  'asked for',
  'Writ, a second',
  'oidc-provider',
  '×',
  'Writ, µs of processor each',
  'oidc-provider',
  '×',
  'goal',
];

function rowOf(name: string, writ: Figures, peer: Figures): (string | number)[] {
  const [wall, peerWall] = [median(writ.perSecond), median(peer.perSecond)];
  const [processor, peerProcessor] = [median(writ.processor), median(peer.processor)];
  const ratio = peerProcessor / processor;
  return [
    name,
    Math.round(wall),
    Math.round(peerWall),
    rounded(wall / peerWall),
    Math.round(processor),
    Math.round(peerProcessor),
    Math.round(ratio * 100) / 100,
    `${GOAL}×: ${ratio >= GOAL ? 'met' : 'MISSED'}`,
  ];
}

function scenesOf(requests: Requests): readonly Scene[] {
  const exchanges =
    (client: 'publicOne' | 'withKey', people: number) =>
    async (server: Server, from: number, resource = API, count = BATCH): Promise<FormRequest[]> => {
      const made = (person: number, nonce?: string) => requests.exchange(server, { client, person, nonce, resource });
      // By somebody who comes in no round.
      const { nonce } = await send(server.port, made(-1));
      return Array.from({ length: count }, (_, index) => made((from + index) % people, nonce));
    };
  return [
    { name: 'exchange, public client, DPoP', decides: true, requests: exchanges('publicOne', REGULARS) },
    { name: 'exchange, private_key_jwt, DPoP', decides: true, requests: exchanges('withKey', REGULARS) },
    { name: 'exchange, the first of each grant', decides: true, requests: exchanges('publicOne', Infinity) },
    {
      name: 'introspection, private_key_jwt',
      decides: false,
      async requests(server, from) {
        const tokens: string[] = [];
        for (const request of await exchanges('publicOne', REGULARS)(server, from, server.introspectedApi, 30)) {
          const { body } = await send(server.port, request);
          tokens.push(String(body['access_token']));
        }
        return Array.from({ length: BATCH }, (_, index) =>
          requests.introspection(server, tokens[index % tokens.length] ?? ''),
        );
      },
    },
  ];
}

async function answerOf(child: ChildProcess): Promise<unknown> {
  const [answer] = (await once(child, 'message')) as [unknown];
  return answer;
}

/** Milliseconds of processor time that it has used. */
async function processorOf(child: ChildProcess): Promise<number> {
  child.send('processor');
  return (await answerOf(child)) as number;
}

/** Bundled by esbuild, as what is deployed is: run from source, each function would be made with a name again and again. */
async function startWorker(): Promise<{ child: ChildProcess; remove: () => void }> {
  const directory = join('node_modules', '.cache', `writ-bench-${process.pid}`);
  mkdirSync(directory, { recursive: true });
  const outfile = join(directory, 'worker.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'worker.ts')],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  });
  const canPin = spawnSync('taskset', ['-c', CORE, 'true']).status === 0;
  const flags = process.env['WRIT_BENCH_NODE_FLAGS']?.split(' ') ?? [];
  const command = [...(canPin ? ['taskset', '-c', CORE] : []), process.execPath, ...flags, outfile];
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  return {
    child,
    remove: () => {
      rmSync(directory, { recursive: true });
    },
  };
}
