import type { PrincipalRef } from './principal.ts';

/** One person's decision on one question. Kept for good: a withdrawn or voided one too. */
export interface Approval {
  /** `apr_` and a ULID. */
  readonly id: string;
  readonly by: PrincipalRef;
  readonly verdict: 'approve' | 'deny';
  readonly comment: string;
  /** Index of the stage that was open, and when it had begun (epoch milliseconds): who could decide depends on both. */
  readonly stage: number;
  readonly stageSince: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** The exact question that was answered, and the bundle it was asked under (I7). */
  readonly requestSha256: string;
  readonly bundleSha256: string;
  /** How it reached Writ. `remembered` is a consent that the subject gave before. */
  readonly via: 'api' | 'chat' | 'sealed' | 'remembered';
  /** The remembered consent that it rests on, or that was given with it: withdrawn, it takes the grant along. */
  readonly consent?: string;
  readonly withdrawnAt?: number;
}

/** Where a question stands that people are asked. Times are epoch milliseconds. */
export interface Standing {
  /** Index into the chain's stages. */
  readonly stage: number;
  readonly stageSince: number;
  /** Nobody decides any more from then on. */
  readonly lapsesAt: number;
}

/** A question to people: a request, or an extension of a live grant. */
export interface Question extends Standing {
  readonly requestSha256: string;
  readonly bundleSha256: string;
  readonly approvals: readonly Approval[];
}
