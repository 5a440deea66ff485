/** The whole system in a process of its own, as `npm start` runs it, on free ports. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface RunningSystem {
  readonly api: string;
  readonly aws: string;
  readonly issuer: string;
  /** Milliseconds from the start of the process to the line that says it is ready. */
  readonly startedIn: number;
  /** Milliseconds of processor time that all its processes took so far; undefined where `/proc` does not tell. */
  processorMs(): number | undefined;
  stop(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** @throws Error with what it said, when it ends before it is ready */
export async function startSystem(home: string): Promise<RunningSystem> {
  const port = await threeFreePorts();
  const started = performance.now();
  const child = spawn('npm', ['start', '--silent'], {
    cwd: ROOT,
    env: { ...process.env, WRIT_HOME: home, WRIT_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own: a signal reaches what npm started too
  });
  const ended = once(child, 'close');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  for await (const line of createInterface(child.stdout)) {
    if (!line.startsWith('{"ready":true')) continue;
    const { api, aws, issuer } = JSON.parse(line) as Pick<RunningSystem, 'api' | 'aws' | 'issuer'>;
    const startedIn = performance.now() - started;
    return {
      api,
      aws,
      issuer,
      startedIn,
      processorMs: () => (child.pid === undefined ? undefined : processorMsOf(child.pid)),
      async stop() {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
        await ended;
      },
    };
  }
  throw new Error(`the system did not start:\n${said}`);
}

/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10;
/** Among the fields of `/proc/<pid>/stat` that follow the command's name. */
const FIELD = { group: 2, user: 11, system: 12 } as const;

function processorMsOf(group: number): number | undefined {
  if (!existsSync('/proc/self/stat')) return undefined;
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const each = processes.map((pid) => {
    const fields = statOf(pid).map(Number);
    return fields[FIELD.group] === group ? (fields[FIELD.user] ?? 0) + (fields[FIELD.system] ?? 0) : 0;
  });
  return each.reduce((sum, ticks) => sum + ticks, 0) * TICK_MS;
}

/** Empty for a process that has ended meanwhile. */
function statOf(pid: string): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** An access token of a sample user. */
export async function tokenOf({ issuer }: RunningSystem, user: string): Promise<string> {
  const response = await fetch(`${issuer}/dev/token?user=${user}`);
  const { access_token: token } = (await response.json()) as { access_token: string };
  return token;
}

/** The first of three ports in a row that nobody uses now. */
async function threeFreePorts(): Promise<number> {
  for (;;) {
    const first = await tryListen(0);
    const others = first < 65_000 ? [await tryListen(first + 1), await tryListen(first + 2)] : [0];
    if (others.every((port) => port > 0)) return first;
  }
}

/** The port, after it was listened on; 0 when it is taken. */
function tryListen(port: number): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(0);
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
  });
}
