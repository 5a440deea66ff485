import type { Clock, GrantStore, IdempotencyRecord, Ids, PolicyEngine, Sha256 } from '../ports.ts';
import type { Principal } from '../principal.ts';

/** What every use case stands on. */
export interface Deps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly sha256: Sha256;
  readonly store: GrantStore;
  readonly engine: PolicyEngine;
}

/** A verified caller and where the call came from. */
export interface Caller {
  readonly principal: Principal;
  readonly sourceIp: string;
}

/** An answer as it left, or left before: what an idempotency key returns again. */
export type Answer = IdempotencyRecord['response'];

/** A caller's idempotency key, hashed with principal and route, and the body it came with. */
export interface Idempotency {
  readonly keySha256: string;
  readonly bodySha256: string;
}
