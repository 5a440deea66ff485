import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * The trace id of the request that is being answered, for what is logged deep below it.
 *
 * Until Node.js 24 asynchronous context makes every promise of the process dearer once it was used. A function answers
 * one request at a time, so the only one under way does without; those that overlap with it have the context.
 */
const traces = new AsyncLocalStorage<string>();
let only: string | undefined;

export async function withTrace<T>(traceId: string, answer: () => Promise<T>): Promise<T> {
  if (only !== undefined) return traces.run(traceId, answer);
  only = traceId;
  try {
    return await answer();
  } finally {
    only = undefined;
  }
}

export const currentTrace = (): string => traces.getStore() ?? only ?? 'none';
