import type { Approval, Question, Standing } from './approval.ts';
import type { ApprovalChain, Approver, Asked, Directory } from './chain.ts';
import { approversAt } from './chain.ts';
import type { PrincipalRef } from './principal.ts';

/** Whose word a question is put to, and whose word can't count. */
export interface Panel {
  readonly chain: ApprovalChain;
  readonly directory: Directory;
  readonly asked: Asked;
  /** Everybody who is behind the request: none of them decides it, under any account (I2). */
  readonly requesters: readonly PrincipalRef[];
  /** The bundle in force. */
  readonly bundleSha256: string;
}

/** Who may decide now: the stage's circle without the requester's own accounts. */
export function approversOf(panel: Panel, standing: Pick<Standing, 'stage' | 'stageSince'>, at: number): Approver[] {
  const stage = panel.chain.stages[standing.stage];
  if (!stage) return [];
  return approversAt(panel.directory, stage, panel.asked, standing.stageSince, at).filter(
    (approver) => !isRequester(panel, { id: approver.id, person: approver.person ?? approver.id }),
  );
}

/** By account, and by the human being behind it: as the sign-in says, and as the directory does. */
export function isRequester(panel: Panel, who: Pick<PrincipalRef, 'id' | 'person'>): boolean {
  const persons = [who.person, personOf(panel.directory, who)];
  return panel.requesters.some(
    (requester) =>
      requester.id === who.id ||
      persons.includes(requester.person) ||
      persons.includes(personOf(panel.directory, requester)),
  );
}

/** The human being behind an account. Where the directory lists it, the directory is right, whatever a token says. */
export const personOf = ({ people }: Directory, { id, person }: Pick<PrincipalRef, 'id' | 'person'>): string =>
  people.find((listed) => listed.id === id)?.person ?? person;

/**
 * The approvals that count, stage by stage: given to this very question, under the bundle in force, not withdrawn, by
 * somebody whom that bundle let decide at the time, and who is not behind the request. One human being counts once in
 * the whole chain. Counted anew at each decision.
 */
export function countedApprovals(panel: Panel, question: Question): Approval[][] {
  const persons = new Set<string>();
  return panel.chain.stages.map((_, index) =>
    question.approvals.filter((approval) => {
      if (approval.stage !== index || persons.has(approval.by.person) || !counts(panel, question, approval))
        return false;
      persons.add(approval.by.person);
      return true;
    }),
  );
}

function counts(panel: Panel, question: Question, approval: Approval): boolean {
  return (
    approval.verdict === 'approve' &&
    approval.withdrawnAt === undefined &&
    approval.requestSha256 === question.requestSha256 &&
    approval.bundleSha256 === panel.bundleSha256 &&
    question.bundleSha256 === panel.bundleSha256 &&
    !isRequester(panel, approval.by) &&
    approversOf(panel, approval, approval.at).some(({ id }) => id === approval.by.id)
  );
}

/** What the stored approvals amount to: the first stage that still lacks some, or that all have theirs. */
export type Tally =
  | { readonly result: 'open'; readonly stage: number; readonly have: number; readonly need: number }
  | { readonly result: 'agreed' };

export function tally(panel: Panel, question: Question): Tally {
  const counted = countedApprovals(panel, question);
  for (const [index, { quorum }] of panel.chain.stages.entries()) {
    const have = counted[index]?.length ?? 0;
    if (have < quorum) return { result: 'open', stage: index, have, need: quorum };
  }
  return { result: 'agreed' };
}
