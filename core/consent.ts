import type { PrincipalId } from './principal.ts';

/**
 * A subject's word that somebody may act for them again: for one purpose, on named operations, until a time. Whoever
 * has the record can check it: its hash is in the leaf `consent.remembered`, its id in each approval that rests on it.
 */
export interface Consent {
  /** `cns_` and a ULID. */
  readonly id: string;
  readonly subject: PrincipalId;
  /** Who may act. */
  readonly actor: PrincipalId;
  readonly entitlement: string;
  readonly purpose: string;
  readonly operations: readonly string[];
  /** Epoch milliseconds. */
  readonly givenAt: number;
  readonly expiresAt: number;
  /** The request that it was first given to, and the grant. */
  readonly requestSha256: string;
  readonly grantId: string;
  readonly withdrawnAt?: number;
}

/** What a request needs a subject's word for. */
export interface ConsentNeed {
  readonly subject: PrincipalId;
  readonly actor: PrincipalId;
  readonly entitlement: string;
  readonly purpose: string;
  readonly operations: readonly string[];
  /** When the grant would end at the latest. */
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
    need.operations.every((operation) => consent.operations.includes(operation))
  );
}

/** The record as it is hashed: what was agreed, without what happened to it later. */
export function consentRecord({ withdrawnAt: _, operations, ...consent }: Consent) {
  return { ...consent, operations: [...operations] };
}
