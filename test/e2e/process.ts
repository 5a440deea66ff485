/** `npm start` as a process of its own: what a kill does can't be seen from within. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Urls } from '../../local/context.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Started {
  readonly child: ChildProcess;
  /** All of standard output and standard error so far. */
  readonly output: { stdout: string; stderr: string };
  /** The last line that a start prints. Rejects with what it said when it ends before. */
  readonly ready: Promise<Urls>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

export function startProcess(settings: Readonly<Record<string, string>>): Started {
  const child = spawn(process.execPath, ['--import', 'tsx', 'local/start.ts'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output.stderr += chunk));
  const ended = new Promise<Awaited<Started['ended']>>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal });
    });
  });
  const ready = new Promise<Urls>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      output.stdout += `${line}\n`;
      if (line.startsWith('{"ready":true')) resolve(JSON.parse(line) as Urls);
    });
    void ended.then(({ code }) => {
      reject(new Error(`ended with ${String(code)}: ${output.stderr}`));
    });
  });
  // Who does not wait for it is not told of it a second time.
  ready.catch(() => undefined);
  return { child, output, ready, ended };
}
