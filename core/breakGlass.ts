import type { PrincipalId, PrincipalRef } from './principal.ts';

/** What followed from taking an entitlement by a sealed key. */
export interface BreakGlassUse {
  /** Ids of the keys that signed, the requester's first. */
  readonly keys: readonly string[];
  /** Until then, alarms repeat and the requester can't break glass again. */
  readonly review?: BreakGlassReview;
}

export interface BreakGlassReview {
  readonly by: PrincipalRef;
  readonly verdict: 'justified' | 'unjustified';
  readonly comment: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** A key registered before it is needed, held by hardware: Writ has its public half. */
export interface SealedKey {
  /** RFC 7638 thumbprint of the public key. */
  readonly id: string;
  readonly owner: PrincipalRef;
  readonly groups: readonly string[];
  readonly project: string;
  /** P-256 public key, JWK `x` and `y`. */
  readonly publicKey: { readonly x: string; readonly y: string };
  /** `fido`: an authenticator that counts its uses and says whether it was touched. */
  readonly holder: 'agent' | 'fido';
  readonly label: string;
  /** Epoch milliseconds. */
  readonly registeredAt: number;
  readonly registeredBy: PrincipalId;
  readonly removedAt?: number;
}
