/**
 * The inside of a function's worker: loads the bundle, then answers one invocation after the other.
 *
 * Plain JavaScript, so that a worker starts without any loader: nothing is between Node.js and the bundle, as on Lambda.
 *
 * @typedef {{ id: string, event: string, timeoutMs: number, context: Record<string, unknown> }} Invocation
 */
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { installSystemDate } from './system-date.mjs';

/** In the order in which Lambda's runtime looks for them. */
const EXTENSIONS = ['.js', '.mjs', '.cjs'];

// Before the bundle is loaded, which may take hold of `Date`.
if (workerData.clock) installSystemDate(workerData.clock);

const handler = await load(workerData.directory, workerData.handler).catch((error) => {
  parentPort.postMessage({ type: 'initError', error: describe(error) });
});
if (handler) {
  parentPort.on('message', answer);
  parentPort.postMessage({ type: 'ready' });
}

async function load(directory, name) {
  const dot = name.lastIndexOf('.');
  const base = join(directory, name.slice(0, dot));
  const extension = EXTENSIONS.find((candidate) => existsSync(base + candidate));
  if (!extension) throw named('Runtime.ImportModuleError', `Cannot find module '${name.slice(0, dot)}'`);
  const file = base + extension;
  const module = extension === '.cjs' ? createRequire(file)(file) : await import(pathToFileURL(file).href);
  const found = module[name.slice(dot + 1)];
  if (typeof found !== 'function') throw named('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  return found;
}

/** @param {Invocation} invocation */
async function answer({ id, event, timeoutMs, context }) {
  const deadline = performance.now() + timeoutMs;
  try {
    const result = await handler(JSON.parse(event), {
      ...context,
      awsRequestId: id,
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadline - performance.now())),
    });
    parentPort.postMessage({ type: 'result', id, payload: JSON.stringify(result) ?? 'null' });
  } catch (error) {
    parentPort.postMessage({ type: 'error', id, error: describe(error) });
  }
}

function named(name, message) {
  return Object.assign(new Error(message), { name });
}

/** An error as Lambda reports it. */
function describe(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}
