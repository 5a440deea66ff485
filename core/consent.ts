import type { PrincipalId } from './principal.ts';

/** What a subject agrees to: who may act for them, and how. */
interface ConsentTerms {
  readonly subject: PrincipalId;
  /** Who may act. */
  readonly actor: PrincipalId;
  readonly entitlement: string;
  readonly purpose: string;
  readonly operations: readonly string[];
  /** How long a grant may last at most. */
  readonly durationSeconds: number;
}

/**
 * A subject's word that somebody may act for them again: for one purpose, on named operations, until a time. Whoever
 * has the record can check it: its hash is in the leaf of the approval that it was given with, its id in each approval that rests on it.
 */
export interface Consent extends ConsentTerms {
  /** `cns_` and a ULID. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly givenAt: number;
  readonly expiresAt: number;
  /** The request that it was first given to, and the grant. */
  readonly requestSha256: string;
  readonly grantId: string;
  readonly withdrawnAt?: number;
}

/** What a request needs a subject's word for. */
export interface ConsentNeed extends ConsentTerms {
  /** When the grant would end at the latest: epoch milliseconds. */
  readonly until: number;
}

/** Whether the consent covers the need wholly: same people and purpose, every operation, to the end. */
export function consentCovers(consent: Consent, need: ConsentNeed, now: number): boolean {
  return (
    consent.withdrawnAt === undefined &&
    consent.givenAt <= now &&
    consent.expiresAt >= need.until &&
    consent.subject === need.subject &&
    consent.actor === need.actor &&
    consent.entitlement === need.entitlement &&
    consent.purpose === need.purpose &&
    consent.durationSeconds >= need.durationSeconds &&
    need.operations.every((operation) => consent.operations.includes(operation))
  );
}

/** The record as it is hashed: what was agreed, without what happened to it later. */
export function consentRecord({ withdrawnAt: _, operations, ...consent }: Consent) {
  return { ...consent, operations: [...operations] };
}
