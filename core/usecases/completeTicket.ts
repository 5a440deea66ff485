import type { ApprovalLists } from '../approvalPorts.ts';
import { isTerminal } from '../grant.ts';
import { SYSTEM } from '../principal.ts';
import { transition } from '../transitions.ts';
import { changeOf } from './changeOf.ts';
import type { Deps } from './deps.ts';
import { loadSettled, MAX_ATTEMPTS } from './loadGrant.ts';
import { settleBelow } from './settleBelow.ts';

export interface TicketDeps extends Omit<Deps, 'engine'> {
  readonly lists: Pick<ApprovalLists, 'listByTicket'>;
}

/**
 * Ends every grant that was asked for with a ticket which is closed now: the active ones are completed, the others
 * cancelled. Said twice, it does nothing the second time.
 *
 * @returns the ids of the grants that it ended
 * @throws the first failure, after every grant was tried: whoever told of the ticket tells again
 */
export async function completeTicket(deps: TicketDeps, ticket: string): Promise<readonly string[]> {
  const ids = await deps.lists.listByTicket(ticket);
  const done = await Promise.allSettled(ids.map((id) => completeOne(deps, id, ticket)));
  const failure = done.find((outcome) => outcome.status === 'rejected');
  if (failure) throw failure.reason;
  return ids.filter((_, index) => {
    const outcome = done[index];
    return outcome?.status === 'fulfilled' && outcome.value;
  });
}

async function completeOne(deps: TicketDeps, id: string, ticket: string): Promise<boolean> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const grant = await loadSettled(deps, id);
    if (!grant || isTerminal(grant.state.status)) return false;
    const now = deps.clock();
    const moved =
      grant.state.status === 'active'
        ? transition(grant, { type: 'complete', by: SYSTEM, note: `${ticket} was closed` }, now)
        : transition(grant, { type: 'cancel', by: SYSTEM }, now);
    const outcome = await deps.store.transition(changeOf(deps, grant, moved, now, { facts: { ticketClosed: true } }));
    if (outcome.result === 'committed') {
      await settleBelow(deps, grant, moved.grant);
      return true;
    }
  }
  throw new Error(`the grant ${id} keeps changing`);
}
