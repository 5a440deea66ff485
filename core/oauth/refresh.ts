import type { Principal, PrincipalId } from '../principal.ts';
import type { AuthorizationDetail } from './authorizationDetails.ts';
import type { Confirmation } from './accessToken.ts';

/**
 * All refresh tokens that follow from one exchange, of which one is good at a time. The tokens are opaque; only their
 * hashes are here.
 */
export interface RefreshFamily {
  readonly id: string;
  /** Rises by one with each rotation; every write is conditional on it. */
  readonly generation: number;
  readonly grantId: string;
  readonly clientId: string;
  readonly confirmation: Confirmation;
  /** Who signed in when it began: decided about again at each refresh. A client that holds the grant proves itself anew. */
  readonly principal: Principal;
  readonly subject: PrincipalId;
  readonly actors: readonly PrincipalId[];
  readonly audience: string;
  readonly scopes: readonly string[];
  readonly details: readonly AuthorizationDetail[];
  /** Where its tokens are bound to an address: SHA-256, hex, of `<id>|<address>`, of the one that it began at. */
  readonly source?: string;
  /** Where its tokens are bound to an AWS Region: that one. */
  readonly region?: string;
  /** SHA-256, hex, of the token that is good now. */
  readonly currentSha256: string;
  /** The one before, and its successor encrypted under a key that only the old token yields, until `graceUntil`. */
  readonly previous?: {
    readonly sha256: string;
    readonly sealedSuccessor: string;
    /** Epoch milliseconds. */
    readonly graceUntil: number;
  };
  readonly startedAt: number;
  /** Never beyond the grant's, nor `SIGN_IN_MS` after a person's sign-in was last seen. */
  readonly expiresAt: number;
  readonly revokedAt?: number;
}

/**
 * How long is believed what a person's sign-in said of their groups, in milliseconds. Refreshing shows no sign-in, so
 * whoever left a group at the identity provider meanwhile is not known to have.
 */
export const SIGN_IN_MS = 3_600_000;

/** Milliseconds in which a client that lost the answer gets the same successor again. */
export const REFRESH_GRACE_MS = 10_000;
