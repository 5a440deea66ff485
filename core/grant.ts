import type { Decision } from './decision.ts';
import type { Parameters } from './parameters.ts';
import type { PrincipalRef } from './principal.ts';
import type { Scope } from './scope.ts';

/** What was asked for, after parsing. Never changes once the grant exists. */
export interface GrantRequest {
  readonly entitlement: string;
  readonly requester: PrincipalRef;
  readonly parameters: Parameters;
  readonly scope: Scope;
  readonly durationSeconds: number;
  /** Epoch milliseconds; absent means now. */
  readonly startsAt?: number;
  readonly purpose: string;
  readonly justification: string;
  readonly ticket?: string;
}

export const END_REASONS = [
  'returned',
  'revoked',
  'expired',
  'completed',
  'policy_changed',
  'status_changed',
  'consent_withdrawn',
  'anomaly',
  'lockdown',
  'parent_ended',
] as const;
export type EndReason = (typeof END_REASONS)[number];

interface Ended {
  readonly endedAt: number;
  readonly endedBy: PrincipalRef;
}

/** All times are epoch milliseconds. What a state does not have can't be read from it. */
export type GrantState =
  | { readonly status: 'pending'; readonly lapsesAt: number }
  | { readonly status: 'scheduled'; readonly startsAt: number }
  | { readonly status: 'active'; readonly activatedAt: number; readonly expiresAt: number }
  | ({ readonly status: 'denied' | 'cancelled' | 'lapsed' } & Ended)
  | ({
      readonly status: 'returned' | 'revoked' | 'expired' | 'completed';
      readonly endReason: EndReason;
      /** Free text of whoever ended it. */
      readonly endNote?: string;
      /** Absent when the grant was ended before it became active. */
      readonly activatedAt?: number;
      readonly expiresAt?: number;
    } & Ended);

export type Status = GrantState['status'];

/** One loan. `salt` and `sourceIdentity` are internal: no view shows the salt. */
export interface Grant {
  readonly id: string;
  /** Rises by one with each transition; every write is conditional on it. */
  readonly version: number;
  readonly request: GrantRequest;
  /** SHA-256 of the RFC 8785 form of the request with the bundle hash: what an approval binds to (I7). */
  readonly requestSha256: string;
  readonly decision: Decision;
  readonly requestedAt: number;
  readonly state: GrantState;
  /** Random, one per grant: a deny on it ends this grant's sessions and nobody else's. */
  readonly sourceIdentity: string;
  /** The lent role: kept here so that the grant can be ended after its entitlement left the catalogue. */
  readonly roleArn: string;
  /** Hex salt for the hashes in this grant's leaves. */
  readonly salt: string;
  readonly credentials: { readonly issued: number; readonly lastIssuedAt?: number };
}

/** Where a grant is listed. */
export type Bucket = 'pending' | 'live' | 'ended';

const BUCKETS: Readonly<Record<Status, Bucket>> = {
  pending: 'pending',
  scheduled: 'live',
  active: 'live',
  denied: 'ended',
  cancelled: 'ended',
  lapsed: 'ended',
  returned: 'ended',
  revoked: 'ended',
  expired: 'ended',
  completed: 'ended',
};

export const bucketOf = (status: Status): Bucket => BUCKETS[status];
export const isTerminal = (status: Status): boolean => BUCKETS[status] === 'ended';

/** When time alone will move the grant next; undefined once it is over. */
export function dueAt(state: GrantState): number | undefined {
  switch (state.status) {
    case 'pending':
      return state.lapsesAt;
    case 'scheduled':
      return state.startsAt;
    case 'active':
      return state.expiresAt;
    case 'denied':
    case 'cancelled':
    case 'lapsed':
    case 'returned':
    case 'revoked':
    case 'expired':
    case 'completed':
      return undefined;
  }
}
