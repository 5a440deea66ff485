/** Failures that real DynamoDB has and local ones lack, on request. */
import type { AwsError } from '../service.ts';
import { DroppedResponse } from '../service.ts';
import { throttled } from './errors.ts';

/**
 * `throttle`: the table is too busy. `conflict`: another transaction has an item of this call. `timeoutBefore` and
 * `timeoutAfter`: the answer never comes, and the call had no effect or had it.
 */
export type Fault = 'none' | 'throttle' | 'conflict' | 'timeoutBefore' | 'timeoutAfter';

/** Asked once for each table that a call names; the first fault counts. */
export type FaultHook = (operation: string, table: string) => Fault | Promise<Fault>;

export async function firstFault(
  hook: FaultHook | undefined,
  operation: string,
  tables: readonly string[],
): Promise<Fault> {
  for (const table of hook ? tables : []) {
    const fault = (await hook?.(operation, table)) ?? 'none';
    if (fault !== 'none') return fault;
  }
  return 'none';
}

/** @param conflict makes what a conflict means to this operation; a plain read never meets one */
export async function underFault<T>(
  fault: Fault,
  conflict: (() => AwsError) | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (fault === 'throttle') throw throttled();
  if (fault === 'conflict' && conflict) throw conflict();
  if (fault === 'timeoutBefore') throw new DroppedResponse();
  const result = await work();
  if (fault === 'timeoutAfter') throw new DroppedResponse();
  return result;
}
