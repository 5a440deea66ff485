/** What event sources share. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { EventSourceSpec } from '../deploy/deployment.ts';
import type { Invoke } from '../lambda/functions.ts';

/** Something that invokes functions by itself, from its start until it is stopped. */
export interface EventSource {
  /** Resolves when what is under way has ended. */
  stop(): Promise<void>;
}

export interface SourceDeps {
  readonly invoke: Invoke;
  /** Checks that the function's role lets Lambda do this. @throws {Error} in IAM's words, where it does not */
  readonly authorize: (functionArn: string, action: string, resource: string) => Promise<void>;
  /** Told of what went wrong; the source goes on. */
  readonly report: (error: unknown, where: string) => void;
}

/** A laptop has few events and one person who waits for them: a window need not be as long as on AWS. */
const MAX_GATHER_MS = 250;

/** How long a source waits for a batch to fill, in milliseconds. At most as long as AWS would. */
export const gatherMs = ({ windowSeconds }: EventSourceSpec): number => Math.min(windowSeconds * 1_000, MAX_GATHER_MS);

/** How long a source waits after failure number `attempt` (from 1), in milliseconds: longer each time, to 10 s. */
export const backoffMs = (attempt: number): number => Math.min(10_000, 100 * 2 ** attempt);

/** Runs `turn` again and again until it is stopped. A turn that fails is reported, and followed by a pause. */
export function loop(
  where: string,
  report: SourceDeps['report'],
  turn: (signal: AbortSignal) => Promise<void>,
): EventSource {
  const stopping = new AbortController();
  const { signal } = stopping;
  const isStopping = (): boolean => signal.aborted;
  const running = (async () => {
    for (let failures = 0; !signal.aborted;) {
      try {
        await turn(signal);
        failures = 0;
      } catch (error) {
        if (isStopping()) return;
        failures += 1;
        report(error, where);
        await pause(backoffMs(failures), signal);
      }
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Waits for `event`, or until it is stopped. */
export async function untilAborted(event: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const over = new AbortController();
  // Rejects only when `over` takes the listener off again, after the race.
  const aborted = once(signal, 'abort', { signal: over.signal }).catch(() => undefined);
  await Promise.race([event, aborted]);
  over.abort();
}

/** Waits for so long, or until it is stopped. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

const ITEM_FAILURES = z.object({
  batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })).nullish(),
});

/** The items that a function says it failed on (`ReportBatchItemFailures`), from its answer's JSON text. */
export function itemFailures(payload: string): readonly string[] {
  const parsed = ITEM_FAILURES.nullable().safeParse(JSON.parse(payload));
  // An answer of another form says nothing that could be relied on: as if all had failed.
  if (!parsed.success) return [''];
  return (parsed.data?.batchItemFailures ?? []).map((failure) => failure.itemIdentifier);
}
