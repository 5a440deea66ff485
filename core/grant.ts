import type { Approval, Standing } from './approval.ts';
import type { BreakGlassUse } from './breakGlass.ts';
import type { Decision } from './decision.ts';
import type { Ancestor } from './delegation.ts';
import type { Extension } from './extension.ts';
import { pendingExtension } from './extension.ts';
import type { AuthorizationDetail } from './oauth/authorizationDetails.ts';
import type { Parameters } from './parameters.ts';
import type { PrincipalId, PrincipalRef } from './principal.ts';
import type { Scope } from './scope.ts';

/** What was asked for, after parsing. Never changes once the grant exists. */
export interface GrantRequest {
  readonly entitlement: string;
  readonly requester: PrincipalRef;
  /** Who asked in the requester's name, by a token with `act`: as little to decide here as the requester (I2). */
  readonly actors?: readonly PrincipalRef[];
  readonly parameters: Parameters;
  readonly scope: Scope;
  readonly durationSeconds: number;
  /** Epoch milliseconds; absent means now. */
  readonly startsAt?: number;
  readonly purpose: string;
  readonly justification: string;
  readonly ticket?: string;
  /** Whom an impersonation acts for. */
  readonly subject?: PrincipalId;
  /** What its tokens may say in `authorization_details`; absent where they say nothing there. */
  readonly details?: readonly AuthorizationDetail[];
  /** The registered client that the requester is: with it, the grant ends. */
  readonly client?: string;
  /** The grant that it was lent on from. */
  readonly parent?: string;
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
  | ({ readonly status: 'pending' } & Standing)
  | { readonly status: 'scheduled'; readonly startsAt: number; readonly endsBy?: number }
  | {
      readonly status: 'active';
      readonly activatedAt: number;
      readonly expiresAt: number;
      /** Somebody else than its holder shortened it: no extension goes beyond. */
      readonly notAfter?: number;
    }
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
  /** What it lends now: the request's scope, or what is left of it after it was narrowed. */
  readonly scope: Scope;
  /** SHA-256 of the RFC 8785 form of the request with the bundle hash: what an approval binds to (I7). */
  readonly requestSha256: string;
  /** The latest decision: under a new bundle a pending request is decided anew. */
  readonly decision: Decision;
  /** What people said to the request, in the order of time; those of an earlier bundle too, which count no more. */
  readonly approvals: readonly Approval[];
  /** In the order of time; at most the last one is pending. */
  readonly extensions: readonly Extension[];
  readonly requestedAt: number;
  readonly state: GrantState;
  /** Random, one per grant until it is narrowed: a deny on it ends this grant's sessions and nobody else's. */
  readonly sourceIdentity: string;
  /**
   * The lent role: kept here so that the grant can be ended after its entitlement left the catalogue. Absent for what is
   * lent by tokens.
   */
  readonly roleArn?: string;
  /** How often it was narrowed: what was lent on before falls with each. */
  readonly narrowings: number;
  /** When it was narrowed last. */
  readonly narrowedAt?: number;
  /** The grants that it hangs on, root first; absent for one that was not lent on. It lives while all of them do. */
  readonly lineage?: readonly Ancestor[];
  /** Uses of its tokens, as `consume` counted them; without `max` they are not limited. */
  readonly uses: { readonly spent: number; readonly max?: number };
  /** Taken by a sealed key: what followed, in `breakGlass.ts`. */
  readonly breakGlass?: BreakGlassUse;
  /** Hex salt for the hashes in this grant's leaves. */
  readonly salt: string;
  /** `attempts`: sessions that may exist; `issued`: those handed out. */
  readonly credentials: { readonly attempts: number; readonly issued: number; readonly lastIssuedAt?: number };
}

/** Whether its tokens have spent all their uses: nothing is left of it. */
export const isSpent = ({ uses }: Pick<Grant, 'uses'>): boolean => uses.max !== undefined && uses.spent >= uses.max;

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

/** On the request and on its extensions; whoever withdrew or was overruled by a new bundle took part too. */
export const approvalsOf = ({
  approvals,
  extensions,
}: Pick<Grant, 'approvals' | 'extensions'>): readonly Approval[] => [
  ...approvals,
  ...extensions.flatMap((extension) => extension.approvals),
];

export const bucketOf = (status: Status): Bucket => BUCKETS[status];
export const isTerminal = (status: Status): boolean => BUCKETS[status] === 'ended';

/** When time alone will move the grant next; undefined once it is over. */
export function dueAt({ state, extensions }: Pick<Grant, 'state' | 'extensions'>): number | undefined {
  switch (state.status) {
    case 'pending':
      return state.lapsesAt;
    case 'scheduled':
      return state.startsAt;
    case 'active':
      return Math.min(state.expiresAt, pendingExtension({ extensions })?.state.lapsesAt ?? Number.POSITIVE_INFINITY);
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
