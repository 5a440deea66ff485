import type { PrincipalRef } from './principal.ts';

/** A grant that a child grant hangs on. Listed from the root, whose holder the authority is, down to the parent. */
export interface Ancestor {
  readonly grantId: string;
  readonly holder: PrincipalRef;
  /** How often it had been narrowed when the child was lent. Once it is narrowed again, the child's time is over. */
  readonly narrowings: number;
}

/** Children below the first grant that any entitlement may allow. */
export const MAX_LINEAGE = 4;

/** How a grant may be used for delegation tokens. */
export interface TokenTerms {
  /** Seconds that a token lives at most. */
  readonly lifetimeSeconds: number;
  /** How often one token may be spent; 1 is a one-time token. @default not counted per token */
  readonly maxUsesPerToken?: number;
  /** Whether refresh tokens are given to clients whose tokens are sender-constrained. */
  readonly refresh: boolean;
  /** Whether a token may be a bearer token. Otherwise it is bound to a DPoP key or a client certificate. */
  readonly bearer: boolean;
  /** How often the grant may be lent on, one below the other. 0: not at all. */
  readonly maxDepth: number;
  /** What a token is bound to besides its key. */
  readonly bind: readonly ('address' | 'region')[];
}
