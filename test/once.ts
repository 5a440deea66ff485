/** What a run makes once: by the file that needs it first, for all that need it after. */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';

/**
 * The directory that `make` has filled, in one process of the run; the others wait for it.
 *
 * @throws {Error} where it could not be made, in whichever process
 */
export async function madeOnce(name: string, make: (directory: string) => Promise<unknown>): Promise<string> {
  const made = join(inject('runDirectory'), name);
  const failed = `${made}.failed`;
  if (isFirst(`${made}.lock`)) {
    const making = `${made}.making`;
    mkdirSync(making);
    try {
      await make(making);
    } catch (error) {
      writeFileSync(failed, '');
      throw error;
    }
    renameSync(making, made);
  }
  while (!existsSync(made)) {
    if (existsSync(failed)) throw new Error(`\`${name}\` could not be made: see the file that tried to`);
    await sleep(50);
  }
  return made;
}

/** Whether nobody has made this directory before: of all processes only one makes it. */
function isFirst(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
