import type { ApprovalChain, ApproverSelector, Directory, Stage } from '../../core/chain.ts';
import { membersOf, selectorsOf } from '../../core/chain.ts';
import type { Entitlement } from '../../core/entitlement.ts';
import { principalDomain } from '../../core/principal.ts';
import { fillable, type Circle, type Seats } from './quorum.ts';

/**
 * What is wrong with chains: selectors that lead nowhere, and quorums that the directory's people can never reach.
 * Counted are all whom a stage may ever ask, its escalation's circle too, each human being once in a chain; an on-call
 * schedule gives one person, the subject is one. Who will ask is not known here: whether somebody is left besides the
 * requester shows at each request.
 */
export function chainProblems(
  chains: readonly ApprovalChain[],
  directory: Directory,
  catalogue: readonly Entitlement[],
): string[] {
  return chains.flatMap((chain) => {
    const lost = chain.stages.flatMap((stage, index) =>
      selectorsOf(stage).flatMap((selector) => {
        const problem = lostIn(directory, selector);
        return problem === undefined ? [] : [`approvals.json: ${chain.id}: stages[${index}]: ${problem}`];
      }),
    );
    if (lost.length > 0) return lost;
    const owners = catalogue.filter(({ approvals }) => approvals === chain.id).map(({ owner }) => owner);
    // A chain that nobody uses asks owners whom nobody knows.
    const asked = owners.length > 0 ? [...new Set(owners)] : [undefined];
    return asked.flatMap((owner) => [...new Set(reachProblems(chain, directory, owner))]);
  });
}

function lostIn(directory: Directory, selector: ApproverSelector): string | undefined {
  const { people, schedules } = directory;
  if ('group' in selector && staffOf(directory, selector.group).length === 0) {
    return `directory.json has nobody of the admin domain in the group \`${selector.group}\``;
  }
  if ('person' in selector && !people.some(({ id }) => id === selector.person)) {
    return `directory.json has no person \`${selector.person}\``;
  }
  if ('onCall' in selector && !schedules.some(({ id }) => id === selector.onCall)) {
    return `directory.json has no schedule \`${selector.onCall}\``;
  }
  return undefined;
}

function reachProblems({ id, stages }: ApprovalChain, directory: Directory, owner: string | undefined): string[] {
  const known = stages.flatMap((stage, index) =>
    owner === undefined && selectorsOf(stage).some((selector) => 'owner' in selector)
      ? []
      : [{ index, seats: seatsOf(directory, stage, owner) }],
  );
  const short = known.flatMap(({ index, seats }) => {
    const most = fillable([seats]);
    const asksOwner = stages[index]?.approvers.some((selector) => 'owner' in selector) === true;
    const where = `approvals.json: ${id}: stages[${index}]${asksOwner && owner !== undefined ? ` with the owner ${owner}` : ''}`;
    return most < seats.quorum
      ? [`${where}: needs ${seats.quorum} different people, but at most ${most} can ever be asked`]
      : [];
  });
  if (short.length > 0) return short;
  const all = known.map(({ seats }) => seats);
  const needed = all.reduce((sum, { quorum }) => sum + quorum, 0);
  const most = fillable(all);
  if (most === needed) return [];
  return [
    `approvals.json: ${id}: its stages need ${needed} different people together, but at most ${most} can ever be asked`,
  ];
}

const seatsOf = (directory: Directory, stage: Stage, owner: string | undefined): Seats => ({
  quorum: stage.quorum,
  circles: selectorsOf(stage).map((selector) => circleOf(directory, selector, owner)),
});

function circleOf(directory: Directory, selector: ApproverSelector, owner: string | undefined): Circle {
  const { people, schedules } = directory;
  const personsOf = (ids: readonly string[]): Set<string> =>
    new Set(people.filter(({ id }) => ids.includes(id)).map(({ person }) => person));
  if ('person' in selector) return { persons: personsOf([selector.person]), atMost: 1 };
  if ('subject' in selector) return { persons: SUBJECT, atMost: 1 };
  if ('onCall' in selector) {
    const schedule = schedules.find(({ id }) => id === selector.onCall);
    return { persons: personsOf(schedule?.people ?? []), atMost: 1 };
  }
  const group = 'group' in selector ? selector.group : owner;
  const persons = new Set(group === undefined ? [] : staffOf(directory, group).map(({ person }) => person));
  return { persons, atMost: persons.size };
}

/** Nobody of the directory, by a name that no person can have. */
const SUBJECT: ReadonlySet<string> = new Set(['\n']);

/** Policies know groups of approvers in the `admin` domain alone (`adapters/cedar/request.ts`). */
export const staffOf = (directory: Directory, group: string) =>
  membersOf(directory, group).filter(({ id }) => principalDomain(id) === 'admin');
