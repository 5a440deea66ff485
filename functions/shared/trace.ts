import { AsyncLocalStorage } from 'node:async_hooks';

/** The trace id of the request that is being answered, for what is logged deep below it. */
const traces = new AsyncLocalStorage<string>();

export const withTrace = <T>(traceId: string, answer: () => Promise<T>): Promise<T> => traces.run(traceId, answer);

export const currentTrace = (): string => traces.getStore() ?? 'none';
