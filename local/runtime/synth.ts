/**
 * The child process of `synthesis.ts`: reads what to synthesize from standard input, as JSON. A process of its own,
 * because synthesis keeps a thread busy for seconds while everything else starts.
 */
import { text } from 'node:stream/consumers';
import { ContextError } from '../../infra/context.ts';
import { synthesize } from '../../infra/synthesize.ts';
import type { SynthesizeOptions } from '../../infra/synthesize.ts';
import { REFUSED } from './synthesis.ts';

try {
  synthesize(JSON.parse(await text(process.stdin)) as SynthesizeOptions);
} catch (error) {
  // A mistake in what was given is one line; anything else is a mistake in the code, and its stack says where.
  const isRefused = error instanceof ContextError;
  process.stderr.write(`${isRefused ? error.message : ((error as Error).stack ?? String(error))}\n`);
  process.exitCode = isRefused ? REFUSED : 1;
}
