import type { Grant } from '../../core/grant.ts';
import type { SealedKey } from '../../core/breakGlass.ts';
import type { Consent } from '../../core/consent.ts';
import type { Leaf } from '../../core/leaf.ts';
import type { TokenRecord } from '../../core/oauth/accessToken.ts';
import type { Activity } from '../../core/oauth/activity.ts';
import type { KeyRing, Revoked, Snapshot } from '../../core/oauth/ports.ts';
import type { RefreshFamily } from '../../core/oauth/refresh.ts';
import type { IdempotencyRecord } from '../../core/ports.ts';
import type { Deny, Intent } from '../../core/session.ts';
import { leafPosition } from '../listing/position.ts';

/** What the in-memory adapters share: all that both tables hold. Values are stored as copies, so nobody changes them from outside. */
export interface MemoryState {
  readonly grants: Map<string, Grant>;
  readonly intents: Map<string, Intent>;
  readonly denies: Map<string, Deny>;
  readonly idempotency: Map<string, IdempotencyRecord>;
  /** By stream and position. */
  readonly leaves: Map<string, Leaf>;
  /** Of each person, the ids of the grants that people are asked about. */
  readonly pending: Map<string, ReadonlySet<string>>;
  /** Of each person, the grant whose break-glass use waits for its review. */
  readonly uses: Map<string, string>;
  readonly consents: Map<string, Consent>;
  /** Of each consent, the ids of the grants that rest on it. */
  readonly consentUses: Map<string, ReadonlySet<string>>;
  /** Of each grant, the ids of those that were lent on from it. */
  readonly children: Map<string, ReadonlySet<string>>;
  /** Of each ticket, the ids of its grants. */
  readonly tickets: Map<string, ReadonlySet<string>>;
  /** What has happened and may happen only once. */
  readonly marks: Set<string>;
  /** Of each key, its occurrences by time and id. */
  readonly occurrences: Map<string, ReadonlyMap<string, number>>;
  /** Of each grant, the token of its waiting workflow. */
  readonly waits: Map<string, string>;
  readonly keys: Map<string, SealedKey>;
  readonly tokens: Map<string, TokenRecord>;
  /** What ended early, and until when it matters. */
  readonly revoked: Map<string, { readonly revoked: Revoked; readonly until: number }>;
  readonly families: Map<string, RefreshFamily>;
  /** Until when an entry of the status list is taken. */
  readonly statusSlots: Map<number, number>;
  /** DPoP proofs and assertions that were presented. */
  readonly presented: Set<string>;
  /** Uses of tokens, by token and the resource server's name for it. */
  readonly spent: Set<string>;
  /** What was done under tokens, by grant and request. */
  readonly activities: Map<string, Activity>;
  /** Requests by key and minute. */
  readonly rates: Map<string, number>;
  /** The key ring and the snapshot, where there is one. */
  readonly single: { ring?: KeyRing; snapshot?: Snapshot };
}

export const createMemoryState = (): MemoryState => ({
  grants: new Map(),
  intents: new Map(),
  denies: new Map(),
  idempotency: new Map(),
  leaves: new Map(),
  pending: new Map(),
  uses: new Map(),
  consents: new Map(),
  consentUses: new Map(),
  children: new Map(),
  tickets: new Map(),
  marks: new Set(),
  occurrences: new Map(),
  waits: new Map(),
  keys: new Map(),
  tokens: new Map(),
  revoked: new Map(),
  families: new Map(),
  statusSlots: new Map(),
  presented: new Set(),
  spent: new Set(),
  activities: new Map(),
  rates: new Map(),
  single: {},
});

/** Its leaf's place must be free. */
export function addLeaf({ leaves }: MemoryState, leaf: Leaf): void {
  leaves.set(leafKey(leaf), structuredClone(leaf));
}

/** What ended early is listed once, however often its grant moves. */
export function listRevoked(state: MemoryState, revoked: Revoked, until: number): void {
  state.revoked.set(JSON.stringify([revoked, until]), { revoked: structuredClone(revoked), until });
}

export const leafKey = (leaf: Leaf): string => `${leaf.stream}|${leafPosition(leaf)}`;

export const denyKey = ({ roleArn, match }: Pick<Deny, 'roleArn' | 'match'>): string =>
  `${roleArn}|${'sourceIdentity' in match ? `source|${match.sourceIdentity}` : `session|${match.sessionName}`}`;
