/** Synthesizes the CDK app in a child process. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { SynthesizeOptions } from '../../infra/synthesize.ts';

/** The repository's root: `tsx` is resolved from there. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CHILD = fileURLToPath(new URL('./synth.ts', import.meta.url));

/** @throws {Error} with what the synthesis said, when it fails. Aborting `signal` ends it. */
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
  if (code !== 0) throw new Error(`the CDK app can't be synthesized: ${withoutProgress(said)}`);
}

const withoutProgress = (said: string): string => said.replace(/^Bundling asset .*\n/gm, '').trim();
