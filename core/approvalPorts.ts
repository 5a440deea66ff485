import type { SealedKey } from './breakGlass.ts';
import type { Consent } from './consent.ts';
import type { Ancestor } from './delegation.ts';
import type { Grant } from './grant.ts';
import type { Leaf } from './leaf.ts';
import type { Page, PageRequest } from './ports.ts';
import type { PrincipalId } from './principal.ts';

/** A record that stands or falls with a grant's change: written in the same transaction. */
export type Companion =
  /** One more request of a person's that people are asked about, refused where there are `max` already; or one fewer. */
  | {
      readonly type: 'pendingSlot';
      readonly person: string;
      readonly change: { readonly takeUpTo: number } | 'release';
    }
  /** The one unreviewed break-glass use that a person may have; refused where there is one. */
  | {
      readonly type: 'breakGlassUse';
      readonly person: string;
      readonly grantId: string;
      readonly change: 'open' | 'close';
    }
  /** A remembered consent, as it is from now on. */
  | { readonly type: 'consent'; readonly consent: Consent }
  /** Refused unless the consent is there and was not withdrawn: nothing is written. */
  | { readonly type: 'consentHolds'; readonly consent: Consent }
  /** That the grant rests on the consent, so that it can end with it. @see ConsentStore.grantsOn */
  | { readonly type: 'consentUse'; readonly consent: Consent; readonly grantId: string }
  /** That the grant was lent on from its parent, so that it ends with it; refused unless all its ancestors are as it says. */
  | { readonly type: 'child'; readonly lineage: readonly Ancestor[]; readonly grantId: string }
  /** That the grant is for the ticket, so that it can end with it. @see TicketIndex */
  | { readonly type: 'ticket'; readonly ticket: string; readonly grantId: string; readonly keepUntil: number };

/** The questions that people are asked, for those who are asked. */
export interface ApprovalLists {
  /** Grants with an open question at one of these places, place by place, newest first. @see questionPlace */
  listByQuestion(places: readonly string[], page: PageRequest): Promise<Page<Grant>>;
  /** Grants that act for the subject, newest first, ended ones too. */
  listBySubject(subject: PrincipalId, page: PageRequest): Promise<Page<Grant>>;
  /** Ids of the grants that were asked for with this ticket, in upper or lower case; ended ones too; strongly consistent. */
  listByTicket(ticket: string): Promise<readonly string[]>;
}

/** Where an open question is listed: by what is asked for, and how far it has got. */
export const questionPlace = (entitlement: string, stage: number): string => `${entitlement}#${stage}`;

export interface ConsentStore {
  /** Of the subject for the entitlement, withdrawn and expired ones too; strongly consistent. */
  consentsOf(subject: PrincipalId, entitlement?: string): Promise<readonly Consent[]>;
  /** Ids of the grants that rest on it, ended ones too; strongly consistent. */
  grantsOn(consent: Consent): Promise<readonly string[]>;
  /** With its leaf, if it is as `consent` says but for `withdrawnAt`. */
  withdrawConsent(consent: Consent, leaf: Leaf): Promise<'withdrawn' | 'conflict'>;
}

/** Things that may happen once. Each is one conditional write. */
export interface OnceStore {
  /** True the first time; the mark stays until `until` (epoch milliseconds) at least. */
  spend(mark: string, until: number): Promise<boolean>;
  /** Whether it was spent, for who spends it only after its work was done; strongly consistent. */
  isSpent(mark: string): Promise<boolean>;
  /** The same of many: those that were spent. */
  spentOf(marks: readonly string[]): Promise<ReadonlySet<string>>;
  /** Spends those of them that were not spent, a hundred of them together or not at all. */
  spendAll(marks: readonly { readonly mark: string; readonly until: number }[]): Promise<void>;
  /** The leaf and the mark together: true, and the leaf written, the first time only. */
  appendOnce(mark: string, until: number, leaf: Leaf): Promise<boolean>;
  /** Notes an occurrence, by its id once; how many this key has had since `since`, this one included. */
  count(key: string, occurrence: { readonly id: string; readonly at: number }, since: number): Promise<number>;
}

/** Tokens of workflows that wait for people. They never leave the server. */
export interface WaitStore {
  /** Of the grant's one waiting workflow; a later one replaces it. */
  putWait(grantId: string, token: string, until: number): Promise<void>;
  /** Takes the token out: nobody else gets it. */
  takeWait(grantId: string): Promise<string | undefined>;
}

/** Wakes a waiting workflow. `gone`: it waits no longer, which is no failure. */
export interface WorkflowEngine {
  wake(token: string): Promise<'woken' | 'gone'>;
}

export interface SealedKeyStore {
  getKey(id: string): Promise<SealedKey | undefined>;
  keysOf(owner: PrincipalId): Promise<readonly SealedKey[]>;
  /** A new key, or one whose `removedAt` is set now; with its leaf. Conflict: it exists, or was removed. */
  putKey(key: SealedKey, leaf: Leaf): Promise<'stored' | 'conflict'>;
  /** The grant whose use of break-glass by this person waits for its review. */
  openUseOf(person: string): Promise<string | undefined>;
  /** All of them, to repeat their alarms. */
  openUses(): AsyncIterable<readonly { readonly person: string; readonly grantId: string }[]>;
}

/** What the ticket system says of a ticket. */
export interface TicketState {
  readonly state: 'open' | 'closed' | 'unknown';
  readonly title?: string;
  readonly url?: string;
}

export interface TicketSystem {
  /** `unavailable` when it did not answer properly in time; undefined when none is connected. Never rejects. */
  lookUp(ticket: string): Promise<TicketState | 'unavailable' | undefined>;
}
