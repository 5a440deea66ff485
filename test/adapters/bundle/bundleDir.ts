import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { loadBundle, type Deployment } from '../../../adapters/bundle/load.ts';
import { BundleError } from '../../../adapters/bundle/problems.ts';

/** What becomes of files' text, by name. */
export type Change = Readonly<Record<string, (text: string) => string>>;

const made: string[] = [];

/** A copy of the sample bundle, with some files changed. Gone after the test. */
export function bundleDir(change: Change = {}): string {
  const dir = mkdtempSync(join(tmpdir(), 'writ-bundle-'));
  made.push(dir);
  cpSync('policies', dir, { recursive: true });
  for (const [name, edit] of Object.entries(change)) {
    const path = join(dir, name);
    writeFileSync(path, edit(readFileSync(path, 'utf8')));
  }
  return dir;
}

afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true });
});

export function problemsOf(dir: string, deployment?: Deployment): readonly string[] {
  try {
    loadBundle(dir, deployment);
  } catch (error) {
    if (error instanceof BundleError) return error.problems;
    throw error;
  }
  return [];
}

/** Replaces text that must be there. */
export const swap =
  (old: string, fresh: string) =>
  (text: string): string => {
    if (!text.includes(old)) throw new Error(`the sample has no ${old}`);
    return text.replace(old, fresh);
  };

/** Edits the file's JSON. */
export const editing =
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- what a sample is known to hold
  <T>(edit: (value: T) => unknown) =>
    (text: string): string =>
      JSON.stringify(edit(JSON.parse(text) as T));
