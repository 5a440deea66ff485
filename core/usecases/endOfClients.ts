import type { OnceStore } from '../approvalPorts.ts';
import type { PolicyBundle } from '../bundle.ts';
import type { Grant } from '../grant.ts';
import { isTerminal } from '../grant.ts';
import { activeClient } from '../oauth/client.ts';
import { SYSTEM } from '../principal.ts';
import { transition } from '../transitions.ts';
import { changeOf } from './changeOf.ts';
import type { Deps } from './deps.ts';
import { loadSettled, MAX_ATTEMPTS } from './loadGrant.ts';
import { settleBelow } from './settleBelow.ts';

export interface ClientSweepDeps extends Omit<Deps, 'engine'> {
  readonly bundle: Pick<PolicyBundle, 'clients' | 'sha256'>;
  readonly once: Pick<OnceStore, 'isSpent' | 'spend'>;
}

const PAGE = 100;
/** Longer than any bundle stays in force unseen. */
const KEEP_MS = 400 * 24 * 3600 * 1000;

/**
 * Ends the live grants of clients that are suspended or gone, page by page. Clients change with the bundle alone, so it
 * is done once for each, and again where something failed. Nothing rests on it: such a client gets no token before, and
 * its tokens are inactive.
 *
 * @throws AggregateError after every grant was tried; then the bundle is not done with
 */
export async function endGrantsOfClients(deps: ClientSweepDeps): Promise<number> {
  const mark = `clients#${deps.bundle.sha256}`;
  if (await deps.once.isSpent(mark)) return 0;
  let ended = 0;
  const failures: unknown[] = [];
  let cursor: string | undefined;
  do {
    const page = await deps.store.listByBucket('live', { limit: PAGE, ...(cursor !== undefined && { cursor }) });
    for (const grant of page.items.filter((one) => hasLostClient(deps, one))) {
      try {
        if (await endOne(deps, grant.id)) ended++;
      } catch (error) {
        failures.push(error);
      }
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  if (failures.length > 0) throw new AggregateError(failures, 'grants of clients that are gone could not be ended');
  await deps.once.spend(mark, deps.clock() + KEEP_MS);
  return ended;
}

const hasLostClient = ({ bundle }: ClientSweepDeps, { request: { client } }: Grant): boolean =>
  client !== undefined && !activeClient(bundle.clients, client);

async function endOne(deps: ClientSweepDeps, id: string): Promise<boolean> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const grant = await loadSettled(deps, id);
    if (!grant || isTerminal(grant.state.status)) return false;
    const now = deps.clock();
    const moved = transition(grant, { type: 'revoke', by: SYSTEM, reason: 'status_changed' }, now);
    const facts = { client: grant.request.client ?? '' };
    const outcome = await deps.store.transition(changeOf(deps, grant, moved, now, { facts }));
    if (outcome.result === 'committed') {
      await settleBelow(deps, grant, moved.grant);
      return true;
    }
  }
  throw new Error(`the grant ${id} keeps changing`);
}
