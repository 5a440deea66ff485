import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CliFailure } from '../failure.ts';
import { EXIT } from '../exit.ts';

/**
 * Files that are this person's alone: 0600 in a 0700 directory, written whole or not at all. One that others could have
 * read or changed is refused, not repaired: what was in it may be known already. (Windows has no such modes; there the
 * user's profile directory protects them.)
 */
export async function readPrivate(path: string, platform: NodeJS.Platform): Promise<string | undefined> {
  const stats = await statsOf(path);
  if (!stats) return undefined;
  refuseUnlessPrivate(path, stats, platform, 0o077, 'chmod 600');
  return readFile(path, 'utf8');
}

export async function writePrivate(path: string, content: string, platform: NodeJS.Platform): Promise<void> {
  await privateDirectory(dirname(path), platform);
  const temporary = `${path}.${randomUUID()}`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

export async function removePrivate(path: string): Promise<void> {
  await rm(path, { force: true });
}

async function privateDirectory(path: string, platform: NodeJS.Platform): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  // Following links: a home directory may keep its configuration elsewhere.
  refuseUnlessPrivate(path, await stat(path), platform, 0o022, 'chmod 700');
}

async function statsOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function refuseUnlessPrivate(
  path: string,
  stats: Stats,
  platform: NodeJS.Platform,
  forbidden: number,
  repair: string,
): void {
  if (stats.isSymbolicLink()) throw refusal(path, 'is a symbolic link', `Remove it: rm ${path}`);
  if (platform === 'win32') return;
  const mode = (stats.mode & 0o777).toString(8).padStart(3, '0');
  if ((stats.mode & forbidden) !== 0) {
    throw refusal(path, `is open to others (mode ${mode})`, `If nobody else used it: ${repair} ${path}`);
  }
}

const refusal = (path: string, what: string, remediation: string): CliFailure =>
  new CliFailure(EXIT.failure, 'unsafe_file', `${path} ${what}`, remediation);
