import { execFile, spawn } from 'node:child_process';
import type { CommandResult, Environment, RunningCommand } from './host.ts';

const CAPTURE_MS = 10_000;

/** Starts a command on our terminal. Not through a shell: arguments stay as they were given. */
export function start(command: readonly string[], env: Environment): RunningCommand {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: 'inherit', env });
  const ended = new Promise<CommandResult>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      resolve({ kind: 'not_started', reason: error.code === 'ENOENT' ? 'missing' : 'refused', message: error.message });
    });
    child.once('exit', (code, signal) => {
      resolve(signal === null ? { kind: 'exited', code: code ?? 1 } : { kind: 'signalled', signal });
    });
  });
  return {
    ended,
    signal: (signal) => {
      child.kill(signal);
    },
  };
}

export function capture(command: readonly string[]): Promise<string | undefined> {
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    execFile(program, args, { timeout: CAPTURE_MS }, (error, stdout, stderr) => {
      // AWS CLI v1 says its version on stderr.
      resolve(error ? undefined : stdout.trim() || stderr.trim());
    });
  });
}

/** The system's way to open a page. False where there is no desktop, or it says no. */
export function openUrl(url: string, env: Environment, platform: NodeJS.Platform): Promise<boolean> {
  const opener = openerOf(env, platform);
  if (!opener) return Promise.resolve(false);
  const [program, ...args] = opener;
  return new Promise((resolve) => {
    const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
    child.once('error', () => {
      resolve(false);
    });
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

function openerOf(env: Environment, platform: NodeJS.Platform): [string, ...string[]] | undefined {
  if (platform === 'darwin') return ['open'];
  // Not `start`: cmd.exe would read the ampersands of the URL as commands.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? ['xdg-open'] : undefined;
}
