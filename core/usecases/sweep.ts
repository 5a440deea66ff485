import { leafOf } from '../leafOf.ts';
import type { RevocationQueue } from '../ports.ts';
import { SYSTEM } from '../principal.ts';
import type { Intent } from '../session.ts';
import type { Deps } from './deps.ts';
import { denySession } from './issueSession.ts';
import { loadSettled } from './loadGrant.ts';

/** An attempt takes seconds; one that is open for this long has lost its function. */
export const INTENT_PATIENCE_MS = 60_000;
/** How many are worked on at a time. */
const BATCH = 100;
/** After this time on one list no further batch is begun: a minute after this sweep comes the next. */
const PATIENCE_MS = 15_000;

export interface SweepDeps extends Omit<Deps, 'engine'> {
  readonly queue: RevocationQueue;
}

export interface SweepReport {
  readonly settled: number;
  readonly unknownIntents: number;
  readonly reconciled: number;
}

/**
 * What nobody else is there to do: has every role's revocation policy looked at again, denies the sessions of attempts
 * that never reported back, and writes down what time did to grants. It cleans; it enforces nothing that is not also
 * checked where it matters. What fails again and again stands in nobody's way: the work behind it is done all the same.
 *
 * @throws AggregateError after everything was tried, when something failed.
 */
export async function sweep(deps: SweepDeps, roleArns: readonly string[]): Promise<SweepReport> {
  const now = deps.clock();
  const failures: unknown[] = [];

  async function tryEach<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<number> {
    const done = await Promise.allSettled(items.map(work));
    failures.push(...done.flatMap((outcome): unknown[] => (outcome.status === 'rejected' ? [outcome.reason] : [])));
    return items.length;
  }

  async function workThrough<T>(batches: AsyncIterable<readonly T[]>, work: (item: T) => Promise<unknown>) {
    const begun = deps.clock();
    let tried = 0;
    try {
      for await (const batch of batches) {
        tried += await tryEach(batch, work);
        if (deps.clock() - begun >= PATIENCE_MS) break;
      }
    } catch (error) {
      failures.push(error);
    }
    return tried;
  }

  const reconciled = await tryEach(roleArns, (roleArn) => deps.queue.enqueue(roleArn));
  const unknownIntents = await workThrough(deps.store.openIntents(now - INTENT_PATIENCE_MS, BATCH), (intent) =>
    giveUp(deps, intent, now),
  );
  const settled = await workThrough(deps.store.dueGrants(now, BATCH), (id) => loadSettled(deps, id));
  if (failures.length > 0) throw new AggregateError(failures, `the sweep failed in ${failures.length} places`);
  return { settled, unknownIntents, reconciled };
}

async function giveUp(deps: SweepDeps, intent: Intent, now: number): Promise<void> {
  const grant = await deps.store.get(intent.grantId);
  if (!grant) throw new Error(`the intent ${intent.id} has no grant`);
  await deps.store.closeIntent({
    intent,
    state: 'unknown',
    leaf: leafOf(deps, grant, {
      type: 'credential.unknown',
      role: 'event',
      at: now,
      by: SYSTEM,
      version: intent.version,
      facts: { intent: intent.id },
    }),
    deny: denySession(intent, now),
  });
}
