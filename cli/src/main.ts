import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { capture, openUrl, start } from './child.ts';
import type { Host, StopSignal } from './host.ts';
import { terminalPrompts } from './prompts.ts';
import { run } from './run.ts';
import { systemKeychain } from './store/keychain.ts';

/** The composition root: this process, its terminal, its clock and its network. */

const { env, platform } = process;
const STOP_SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

const host: Host = {
  env,
  platform,
  homeDirectory: homedir(),
  self: [process.execPath, process.argv[1] ?? 'writ'],
  stdout: { write: (text) => void process.stdout.write(text), isTTY: process.stdout.isTTY },
  stderr: {
    write: (text) => void process.stderr.write(text),
    isTTY: process.stderr.isTTY,
    columns: () => process.stderr.columns,
  },
  interactive: process.stdin.isTTY && process.stderr.isTTY,
  hasTerminal: process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY,
  now: () => Date.now(),
  sleep: (milliseconds, signal) => setTimeout(milliseconds, undefined, { ...(signal && { signal }) }),
  randomBytes: (size) => randomBytes(size),
  fetch,
  keychain: systemKeychain(env, platform, randomBytes),
  prompts: terminalPrompts,
  openUrl: (url) => openUrl(url, env, platform),
  run: start,
  capture,
  onStop: (handler) => {
    for (const signal of STOP_SIGNALS) process.on(signal, handler);
    return () => {
      for (const signal of STOP_SIGNALS) process.off(signal, handler);
    };
  },
};

// A reader that goes away (`writ requests | head -1`) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
process.exitCode = await run(process.argv.slice(2), host);
