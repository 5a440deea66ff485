import { leafOf } from '../leafOf.ts';
import type { OnceStore, SealedKeyStore } from '../approvalPorts.ts';
import type { PolicyBundle } from '../bundle.ts';
import type { RevocationQueue } from '../ports.ts';
import { SYSTEM } from '../principal.ts';
import type { Intent } from '../session.ts';
import type { Deps } from './deps.ts';
import { endGrantsOfClients } from './endOfClients.ts';
import { denySession } from './issueSession.ts';
import { loadSettled } from './loadGrant.ts';

/** An attempt takes seconds; one that is open for this long has lost its function. */
export const INTENT_PATIENCE_MS = 60_000;
/** How many are worked on at a time. */
const BATCH = 100;
/** After this time on one list no further batch is begun: a minute after this sweep comes the next. */
const PATIENCE_MS = 15_000;

/** Its holder is told this long before a grant ends, in milliseconds. */
const EXPIRY_NOTICE_MS = 300_000;
/** Of an entitlement that left the catalogue before its use was reviewed. */
const DEFAULT_ALARM_SECONDS = 900;

export interface SweepDeps extends Omit<Deps, 'engine'> {
  readonly bundle: Pick<PolicyBundle, 'catalogue' | 'clients' | 'sha256'>;
  readonly queue: RevocationQueue;
  readonly once: Pick<OnceStore, 'appendOnce' | 'isSpent' | 'spend'>;
  readonly keys: Pick<SealedKeyStore, 'openUses'>;
}

export interface SweepReport {
  readonly settled: number;
  readonly unknownIntents: number;
  readonly reconciled: number;
  readonly alarmed: number;
}

/**
 * What nobody else is there to do: has every role's revocation policy looked at again, denies the sessions of attempts
 * that never reported back, writes down what time did to grants, tells of those that end soon, repeats the alarms of
 * break-glass uses that wait for their review, and ends the grants of clients that are gone. It cleans; it enforces nothing that is not also checked where it matters.
 * What fails again and again stands in nobody's way: the work behind it is done all the same.
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
  const settled = await workThrough(deps.store.dueGrants(now + EXPIRY_NOTICE_MS, BATCH), (id) => settleOne(deps, id));
  const alarmed = await workThrough(deps.keys.openUses(), ({ grantId }) => alarm(deps, grantId));
  const [ended] = await Promise.allSettled([endGrantsOfClients(deps)]);
  if (ended.status === 'rejected') failures.push(ended.reason);
  if (failures.length > 0) throw new AggregateError(failures, `the sweep failed in ${failures.length} places`);
  return { settled, unknownIntents, reconciled, alarmed };
}

async function settleOne(deps: SweepDeps, id: string): Promise<void> {
  const grant = await loadSettled(deps, id);
  if (grant?.state.status !== 'active') return;
  const { activatedAt, expiresAt } = grant.state;
  const now = deps.clock();
  // A short grant is over before anybody could act upon the notice.
  if (expiresAt - now > EXPIRY_NOTICE_MS || expiresAt - activatedAt < 3 * EXPIRY_NOTICE_MS) return;
  const facts = { expiresAt };
  const leaf = leafOf(deps, grant, { type: 'grant.expiring', role: 'event', at: now, by: SYSTEM, facts });
  await deps.once.appendOnce(`expiring#${id}#${expiresAt}`, expiresAt, leaf);
}

/** One alarm a period, however often the sweeper comes by. */
async function alarm(deps: SweepDeps, grantId: string): Promise<void> {
  const grant = await deps.store.get(grantId);
  if (!grant) throw new Error(`the break-glass use ${grantId} has no grant`);
  const entitlement = deps.bundle.catalogue.find(({ id }) => id === grant.request.entitlement);
  const every = entitlement?.kind === 'aws' ? entitlement.breakGlass?.alarmEverySeconds : undefined;
  const periodMs = (every ?? DEFAULT_ALARM_SECONDS) * 1000;
  const now = deps.clock();
  const period = Math.floor((now - grant.requestedAt) / periodMs);
  if (period < 1) return;
  const facts = { alarm: period };
  const leaf = leafOf(deps, grant, { type: 'breakglass.alarmed', role: 'event', at: now, by: SYSTEM, facts });
  await deps.once.appendOnce(`alarm#${grantId}#${period}`, now + 2 * periodMs, leaf);
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
