import { mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CliFailure } from '../failure.ts';
import { EXIT } from '../exit.ts';
import type { Host } from '../host.ts';

const STALE_MS = 30_000;
const PATIENCE_MS = 20_000;
const POLL_MS = 50;

/**
 * One process at a time: SDKs run `writ creds` side by side, and a refresh token that is used twice makes the issuer
 * end the whole sign-in. A lock older than 30 s belonged to a process that died.
 */
export async function withLock<T>(
  ports: Pick<Host, 'now' | 'sleep'>,
  path: string,
  work: () => Promise<T>,
): Promise<T> {
  const lock = `${path}.lock`;
  await mkdir(dirname(lock), { recursive: true, mode: 0o700 });
  const deadline = ports.now() + PATIENCE_MS;
  while (!(await acquire(lock))) {
    const age = await ageOf(lock, ports.now());
    if (age !== undefined && age > STALE_MS) {
      await release(lock);
    } else if (ports.now() > deadline) {
      throw new CliFailure(EXIT.failure, 'locked', `another writ holds ${lock}`, `If none runs: rmdir ${lock}`);
    } else {
      await ports.sleep(POLL_MS);
    }
  }
  try {
    return await work();
  } finally {
    await release(lock);
  }
}

async function acquire(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function release(lock: string): Promise<void> {
  try {
    await rmdir(lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

async function ageOf(lock: string, now: number): Promise<number | undefined> {
  try {
    return now - (await stat(lock)).mtimeMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
