/** Synthesizes the CDK app in a child process. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { StartError } from '../preflight.ts';
import type { SynthesizeOptions } from '../../infra/synthesize.ts';

/** The child's exit code when what was given is refused. */
export const REFUSED = 2;

/** The repository's root: `tsx` is resolved from there. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CHILD = fileURLToPath(new URL('./synth.ts', import.meta.url));

/**
 * @throws {StartError} when what was given is refused, and {Error} with the stack when the code fails. Aborting `signal`
 * ends it.
 */
export async function synthesizeApart(options: SynthesizeOptions, signal?: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD], {
    cwd: ROOT,
    stdio: ['pipe', 'ignore', 'pipe'],
    ...(signal && { signal }),
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin.end(JSON.stringify(options));
  const [said, code] = await Promise.all([text(child.stderr), ended]);
  const why = `the CDK app can't be synthesized: ${withoutProgress(said)}`;
  if (code === REFUSED) throw new StartError(why);
  if (code !== 0) throw new Error(why);
}

const withoutProgress = (said: string): string => said.replace(/^Bundling asset .*\n/gm, '').trim();
