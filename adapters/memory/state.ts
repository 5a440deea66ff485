import type { Grant } from '../../core/grant.ts';
import type { Leaf } from '../../core/leaf.ts';
import type { IdempotencyRecord } from '../../core/ports.ts';
import type { Deny, Intent } from '../../core/session.ts';
import { leafPosition } from '../listing/position.ts';

/** What the in-memory adapters share: both tables. Values are stored as copies, so nobody changes them from outside. */
export interface MemoryState {
  readonly grants: Map<string, StoredGrant>;
  readonly intents: Map<string, Intent>;
  readonly denies: Map<string, Deny>;
  readonly idempotency: Map<string, IdempotencyRecord>;
  /** By stream and position. */
  readonly leaves: Map<string, Leaf>;
}

export interface StoredGrant {
  readonly grant: Grant;
  /** Sessions that may exist: issued, unknown, discarded, and attempts in flight. */
  readonly intents: number;
}

export const createMemoryState = (): MemoryState => ({
  grants: new Map(),
  intents: new Map(),
  denies: new Map(),
  idempotency: new Map(),
  leaves: new Map(),
});

export const leafKey = (leaf: Leaf): string => `${leaf.stream}|${leafPosition(leaf)}`;

export const denyKey = ({ roleArn, match }: Pick<Deny, 'roleArn' | 'match'>): string =>
  `${roleArn}|${'sourceIdentity' in match ? `source|${match.sourceIdentity}` : `session|${match.sessionName}`}`;
