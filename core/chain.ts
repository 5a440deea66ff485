import type { Entitlement } from './entitlement.ts';
import type { PrincipalId } from './principal.ts';

/** Whom a stage asks. Resolved to people when they decide, under the bundle then in force. */
export type ApproverSelector =
  | { readonly group: string }
  | { readonly person: PrincipalId }
  /** The entitlement's owner group. */
  | { readonly owner: true }
  /** Whoever has the turn of a schedule at that time. */
  | { readonly onCall: string }
  /** Whom the grant acts for: their approval is their consent. */
  | { readonly subject: true };

/** One question to one circle of people. Times are seconds since the stage began. */
export interface Stage {
  readonly name: string;
  readonly approvers: readonly ApproverSelector[];
  /** How many distinct people must agree. */
  readonly quorum: number;
  /** Then the request lapses. */
  readonly timeoutSeconds: number;
  /** Whoever may decide is told again. */
  readonly remindAfterSeconds?: readonly number[];
  /** From then on, these may decide too. */
  readonly escalate?: { readonly afterSeconds: number; readonly approvers: readonly ApproverSelector[] };
}

export interface ApprovalChain {
  readonly id: string;
  /** In order; the next one begins when the one before has its quorum. */
  readonly stages: readonly [Stage, ...Stage[]];
}

/** Somebody who may be asked. Only people whom the bundle lists decide; their sign-in must agree with it. */
export interface DirectoryPerson {
  readonly id: PrincipalId;
  /** The human being behind the account: two accounts of one person share it. */
  readonly person: string;
  readonly name: string;
  readonly groups: readonly string[];
  /** In whose requests they may act where no token says so: by a click in chat, or by a sealed key. */
  readonly projects: readonly string[];
  /** Where messages go. */
  readonly email?: string;
  /** Member id in the chat workspace, for decisions from chat. */
  readonly chat?: string;
}

/** A duty roster: `people` take turns of `turnSeconds` each, the first from `startsAt` on, and so round. */
export interface OnCallSchedule {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly startsAt: number;
  readonly turnSeconds: number;
  readonly people: readonly [PrincipalId, ...PrincipalId[]];
}

export interface Directory {
  readonly people: readonly DirectoryPerson[];
  readonly schedules: readonly OnCallSchedule[];
}

/** One who may decide. A subject need not be in the directory. */
export interface Approver {
  readonly id: PrincipalId;
  readonly name: string;
  /** Absent for a subject whom the directory does not list. */
  readonly person?: string;
  readonly email?: string;
}

/** What resolving a selector needs to know of the grant. */
export interface Asked {
  readonly entitlement: Pick<Entitlement, 'owner'>;
  readonly subject?: PrincipalId;
}

/**
 * Who may decide at a stage at a time, each account once: the stage's own approvers and, once it has escalated, the
 * wider set.
 *
 * @param since when the stage began, and `at` the time in question: epoch milliseconds
 */
export function approversAt(directory: Directory, stage: Stage, asked: Asked, since: number, at: number): Approver[] {
  const found = new Map<PrincipalId, Approver>();
  for (const selector of selectorsAt(stage, since, at)) {
    for (const approver of resolve(directory, selector, asked, at)) found.set(approver.id, approver);
  }
  return [...found.values()];
}

/**
 * How an account comes to be asked: by itself, or as a member of these groups, which its sign-in must then hold too.
 *
 * @param since when the stage began, and `at` the time in question: epoch milliseconds
 */
export function askedAs(
  directory: Directory,
  stage: Stage,
  asked: Asked,
  { since, at, id }: { readonly since: number; readonly at: number; readonly id: PrincipalId },
): { readonly byName: boolean; readonly groups: readonly string[] } {
  const mine = selectorsAt(stage, since, at).filter((selector) =>
    resolve(directory, selector, asked, at).some((approver) => approver.id === id),
  );
  const groups = mine.flatMap((selector) => groupOf(selector, asked) ?? []);
  return { byName: mine.some((selector) => groupOf(selector, asked) === undefined), groups };
}

const groupOf = (selector: ApproverSelector, { entitlement }: Asked): string | undefined => {
  if ('group' in selector) return selector.group;
  return 'owner' in selector ? entitlement.owner : undefined;
};

const selectorsAt = (stage: Stage, since: number, at: number): readonly ApproverSelector[] => [
  ...stage.approvers,
  ...(hasEscalated(stage, since, at) ? (stage.escalate?.approvers ?? []) : []),
];

export const hasEscalated = ({ escalate }: Stage, since: number, at: number): boolean =>
  escalate !== undefined && at >= since + escalate.afterSeconds * 1000;

function resolve(directory: Directory, selector: ApproverSelector, asked: Asked, at: number): readonly Approver[] {
  if ('group' in selector) return membersOf(directory, selector.group);
  if ('owner' in selector) return membersOf(directory, asked.entitlement.owner);
  if ('person' in selector) return personsWith(directory, selector.person);
  if ('onCall' in selector) return personsWith(directory, onCallAt(directory, selector.onCall, at));
  return asked.subject === undefined ? [] : subjectOf(directory, asked.subject);
}

export const membersOf = ({ people }: Directory, group: string): readonly DirectoryPerson[] =>
  people.filter(({ groups }) => groups.includes(group));

const personsWith = ({ people }: Directory, id: PrincipalId | undefined): readonly DirectoryPerson[] =>
  people.filter((candidate) => candidate.id === id);

/** A customer is asked for consent without being one of the directory's people. */
function subjectOf(directory: Directory, subject: PrincipalId): readonly Approver[] {
  const known = personsWith(directory, subject);
  return known.length > 0 ? known : [{ id: subject, name: subject }];
}

/** Nobody before the schedule begins. */
export function onCallAt({ schedules }: Directory, id: string, at: number): PrincipalId | undefined {
  const schedule = schedules.find((candidate) => candidate.id === id);
  if (!schedule || at < schedule.startsAt) return undefined;
  const turn = Math.floor((at - schedule.startsAt) / (schedule.turnSeconds * 1000));
  return schedule.people[turn % schedule.people.length];
}

/** Every selector of a stage, the wider set's included. */
export const selectorsOf = ({ approvers, escalate }: Stage): readonly ApproverSelector[] => [
  ...approvers,
  ...(escalate?.approvers ?? []),
];

/** The directory's groups that any stage may ask. */
export function groupsAsked({ stages }: ApprovalChain, entitlement: Pick<Entitlement, 'owner'>): string[] {
  const groups = stages.flatMap(selectorsOf).flatMap((selector) => {
    if ('group' in selector) return [selector.group];
    return 'owner' in selector ? [entitlement.owner] : [];
  });
  return [...new Set(groups)];
}

/** The stage that only its subject decides is a consent. */
export const asksSubject = ({ approvers }: Stage): boolean => approvers.some((selector) => 'subject' in selector);
