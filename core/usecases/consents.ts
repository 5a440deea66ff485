import type { ApprovalLists, ConsentStore } from '../approvalPorts.ts';
import type { Consent } from '../consent.ts';
import { WritError } from '../errors.ts';
import type { Grant } from '../grant.ts';
import { isTerminal } from '../grant.ts';
import { leafOf } from '../leafOf.ts';
import type { Page, PageRequest } from '../ports.ts';
import { refOf } from '../principal.ts';
import { settle, transition } from '../transitions.ts';
import { changeOf } from './changeOf.ts';
import type { Caller, Deps } from './deps.ts';
import { loadSettled, MAX_ATTEMPTS } from './loadGrant.ts';

export interface ConsentDeps extends Deps {
  readonly consents: ConsentStore;
  readonly lists: Pick<ApprovalLists, 'listBySubject'>;
}

/** Who acts, acted or asks to act for the caller: newest first. */
export async function listImpersonations(deps: ConsentDeps, caller: Caller, page: PageRequest): Promise<Page<Grant>> {
  const found = await deps.lists.listBySubject(caller.principal.id, page);
  return { ...found, items: found.items.map((grant) => settle(grant, deps.clock())) };
}

/** What the caller agreed to before, and how long it holds. */
export const listConsents = (deps: ConsentDeps, caller: Caller): Promise<readonly Consent[]> =>
  deps.consents.consentsOf(caller.principal.id);

/**
 * Takes a remembered consent back: it counts no more, and every grant that rests on it ends at once.
 *
 * @returns the consent as it is now. Said again, it ends what may have been left over.
 * @throws WritError `not_found`, `version_conflict`
 */
export async function withdrawConsent(deps: ConsentDeps, caller: Caller, consentId: string): Promise<Consent> {
  const consents = await deps.consents.consentsOf(caller.principal.id);
  const consent = consents.find(({ id }) => id === consentId);
  if (!consent) throw new WritError('not_found', 'you gave no such consent');
  const withdrawn = { ...consent, withdrawnAt: consent.withdrawnAt ?? deps.clock() };
  if (consent.withdrawnAt === undefined) await record(deps, caller, withdrawn);
  await endAllResting(deps, caller, consent);
  return withdrawn;
}

async function record(deps: ConsentDeps, caller: Caller, consent: Consent): Promise<void> {
  const grant = await deps.store.get(consent.grantId);
  if (!grant) throw new WritError('not_found', 'the grant of this consent is gone');
  const leaf = leafOf(deps, grant, {
    type: 'consent.withdrawn',
    role: 'event',
    at: deps.clock(),
    by: refOf(caller.principal),
    facts: { consent: consent.id },
  });
  if ((await deps.consents.withdrawConsent(consent, leaf)) === 'conflict') {
    throw new WritError('version_conflict', 'the consent changed at the same time');
  }
}

async function endAllResting(deps: ConsentDeps, caller: Caller, consent: Consent): Promise<void> {
  for (const id of await deps.consents.grantsOn(consent)) await endOne(deps, caller, id);
}

async function endOne(deps: ConsentDeps, caller: Caller, id: string): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const grant = await loadSettled(deps, id);
    if (!grant || isTerminal(grant.state.status)) return;
    const now = deps.clock();
    const by = refOf(caller.principal);
    const moved = transition(grant, { type: 'revoke', by, reason: 'consent_withdrawn' }, now);
    const outcome = await deps.store.transition(changeOf(deps, grant, moved, now));
    if (outcome.result === 'committed') return;
  }
  throw new WritError('version_conflict', 'a grant that rests on the consent keeps changing');
}
