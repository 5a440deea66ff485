import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Host } from '../../cli/src/host.ts';
import type { Prompts } from '../../cli/src/prompts.ts';
import type { Keychain } from '../../cli/src/store/keychain.ts';

export const noKeychain: Keychain = { key: async () => undefined };

/** A keychain that works, and holds one key. */
export function memoryKeychain(): Keychain {
  let kept: Buffer | undefined;
  return { key: async (create) => (kept ??= create ? randomBytes(32) : undefined) };
}

/** Answers to prompts, in the order in which they are asked. Each question is recorded; one too many fails. */
export function scriptedPrompts(answers: readonly (string | boolean)[]) {
  const asked: string[] = [];
  const rest = [...answers];
  const next = (message: string): string | boolean => {
    asked.push(message);
    const answer = rest.shift();
    if (answer === undefined) throw new Error(`nobody expected the question: ${message}`);
    return answer;
  };
  const prompts: Prompts = {
    text: async ({ message, refuse }) => {
      const answer = String(next(message));
      const problem = refuse?.(answer);
      if (problem !== undefined) throw new Error(`refused: ${problem}`);
      return answer;
    },
    select: async ({ message, choices }) => {
      const answer = String(next(message));
      if (!choices.some(({ value }) => value === answer)) throw new Error(`${answer} is no choice`);
      return answer;
    },
    confirm: async (message) => next(message) === true,
  };
  return { asked, prompts: async () => prompts };
}

/** A host in memory, with a home directory that is removed after the test. */
export function fakeHost(more: Partial<Host> = {}) {
  const homeDirectory = mkdtempSync(join(tmpdir(), 'writ-host-'));
  onTestFinished(() => {
    rmSync(homeDirectory, { recursive: true, force: true });
  });
  const written = { stdout: '', stderr: '' };
  const unexpected = (what: string) => () => {
    throw new Error(`nobody expected ${what}`);
  };
  const host: Host = {
    env: {},
    platform: process.platform,
    homeDirectory,
    self: ['/usr/bin/node', '/opt/writ.mjs'],
    stdout: { write: (text) => void (written.stdout += text), isTTY: false },
    stderr: { write: (text) => void (written.stderr += text), isTTY: false },
    interactive: false,
    hasTerminal: false,
    now: () => Date.now(),
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, milliseconds);
        signal?.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(new Error('aborted'));
        });
      }),
    randomBytes,
    fetch,
    keychain: noKeychain,
    prompts: unexpected('a prompt'),
    openUrl: async () => false,
    run: unexpected('a command'),
    capture: async () => undefined,
    onStop: () => () => undefined,
    ...more,
  };
  return { host, written };
}
