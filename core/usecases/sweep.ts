import { leafOf } from '../leafOf.ts';
import type { RevocationQueue } from '../ports.ts';
import { SYSTEM } from '../principal.ts';
import type { Intent } from '../session.ts';
import type { Deps } from './deps.ts';
import { denySession } from './issueSession.ts';
import { loadSettled } from './loadGrant.ts';

/** An attempt takes seconds; one that is open for this long has lost its function. */
export const INTENT_PATIENCE_MS = 60_000;
const BATCH = 100;

export interface SweepDeps extends Omit<Deps, 'engine'> {
  readonly queue: RevocationQueue;
}

export interface SweepReport {
  readonly settled: number;
  readonly unknownIntents: number;
  readonly reconciled: number;
}

/**
 * What nobody else is there to do: writes down what time did to grants, denies the sessions of attempts that never
 * reported back, and has every role's revocation policy looked at again. It cleans; it enforces nothing that is not
 * also checked where it matters.
 *
 * @throws AggregateError after everything was tried, when something failed.
 */
export async function sweep(deps: SweepDeps, roleArns: readonly string[]): Promise<SweepReport> {
  const now = deps.clock();
  const grants = await deps.store.dueGrants(now, BATCH);
  const intents = await deps.store.openIntents(now - INTENT_PATIENCE_MS, BATCH);
  const done = await Promise.allSettled([
    ...grants.map((id) => loadSettled(deps, id)),
    ...intents.map((intent) => giveUp(deps, intent, now)),
    ...roleArns.map((roleArn) => deps.queue.enqueue(roleArn)),
  ]);
  const failures = done.filter((outcome) => outcome.status === 'rejected').map((outcome): unknown => outcome.reason);
  if (failures.length > 0) throw new AggregateError(failures, `the sweep failed in ${failures.length} places`);
  return { settled: grants.length, unknownIntents: intents.length, reconciled: roleArns.length };
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
