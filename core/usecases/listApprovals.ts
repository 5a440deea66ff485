import type { ApprovalLists } from '../approvalPorts.ts';
import { questionPlace } from '../approvalPorts.ts';
import type { PolicyBundle } from '../bundle.ts';
import type { Directory, Stage } from '../chain.ts';
import { membersOf, onCallAt, selectorsOf } from '../chain.ts';
import type { Entitlement } from '../entitlement.ts';
import type { Grant } from '../grant.ts';
import type { Page, PageRequest } from '../ports.ts';
import type { PrincipalId } from '../principal.ts';
import { approversOf } from '../tally.ts';
import { settle } from '../transitions.ts';
import type { Caller, Deps } from './deps.ts';
import { openQuestion, panelFor } from './panel.ts';
import { mayRead } from './readGrants.ts';

export interface ListApprovalsDeps extends Pick<Deps, 'engine' | 'clock'> {
  readonly lists: Pick<ApprovalLists, 'listByQuestion' | 'listBySubject'>;
}

/**
 * A page of the grants that wait for the caller's word, by entitlement and stage, newest first. One query for each
 * place where the caller may be asked, however many others wait. A page may hold fewer than its limit.
 */
export async function listApprovals(deps: ListApprovalsDeps, caller: Caller, page: PageRequest): Promise<Page<Grant>> {
  const { id } = caller.principal;
  const { bundle } = deps.engine;
  const now = deps.clock();
  const places = placesOf(bundle, id, now);
  // A subject who is in no directory is asked only about grants that act for them.
  const found =
    places.length > 0 ? await deps.lists.listByQuestion(places, page) : await deps.lists.listBySubject(id, page);
  const items = found.items
    .map((grant) => settle(grant, now))
    .filter((grant) => mayDecide(bundle, grant, id, now) && mayRead(deps, caller, grant));
  return { ...found, items };
}

function mayDecide(bundle: PolicyBundle, grant: Grant, id: PrincipalId, now: number): boolean {
  const question = openQuestion(grant);
  const panel = panelFor(bundle, grant);
  return (
    question !== undefined && panel !== undefined && approversOf(panel, question, now).some((one) => one.id === id)
  );
}

function placesOf({ catalogue, chains, directory }: PolicyBundle, id: PrincipalId, now: number): string[] {
  return catalogue.flatMap((entitlement) => {
    const chain = chains.find((candidate) => candidate.id === entitlement.approvals);
    const stages = chain?.stages ?? [];
    return stages.flatMap((stage, index) =>
      isAskedAt(directory, stage, entitlement, id, now) ? [questionPlace(entitlement.id, index)] : [],
    );
  });
}

/** Whether the stage ever asks this person, early or late; the subject is found by the grants that act for them. */
function isAskedAt(directory: Directory, stage: Stage, { owner }: Entitlement, id: PrincipalId, now: number): boolean {
  return selectorsOf(stage).some((selector) => {
    if ('group' in selector) return membersOf(directory, selector.group).some((member) => member.id === id);
    if ('owner' in selector) return membersOf(directory, owner).some((member) => member.id === id);
    if ('person' in selector) return selector.person === id;
    return 'onCall' in selector && onCallAt(directory, selector.onCall, now) === id;
  });
}
