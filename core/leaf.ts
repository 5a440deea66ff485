import type { Decision } from './decision.ts';
import type { Domain } from './principal.ts';

/** What an audit record can tell of. */
export const LEAF_TYPES = [
  'grant.requested',
  'grant.denied',
  'grant.refused',
  'grant.pending',
  'grant.scheduled',
  'grant.activated',
  'grant.cancelled',
  'grant.lapsed',
  'grant.returned',
  'grant.revoked',
  'grant.expired',
  'grant.completed',
  'grant.narrowed',
  'grant.redecided',
  'grant.expiring',
  'approval.given',
  'approval.withdrawn',
  'approval.refused',
  'approval.reminded',
  'approval.escalated',
  'extension.pending',
  'extension.allowed',
  'extension.denied',
  'extension.lapsed',
  'consent.withdrawn',
  'breakglass.key_registered',
  'breakglass.key_removed',
  'breakglass.drilled',
  'breakglass.alarmed',
  'breakglass.reviewed',
  'breakglass.refused',
  'breakglass.unsigned',
  'callback.refused',
  'denials.repeated',
  'credential.intended',
  'credential.issued',
  'credential.refused',
  'credential.failed',
  'credential.discarded',
  'credential.unknown',
  'token.issued',
  'token.refused',
  'token.reused',
  'token.revoked',
  'token.spent',
  'activity.reported',
  'keys.rotated',
  'audit.read',
  'grants.read',
] as const;
export type LeafType = (typeof LEAF_TYPES)[number];

/**
 * One audit record. It holds ids, hashes and decisions: no secret, no free text. People appear as SHA-256 over the
 * stream's salt and their principal id, so that erasing the salt with the grant erases the person.
 *
 * Order within a stream is `(version, transition first, id)`. A grant's transition to version *n* is the only leaf of its kind at *n*,
 * so versions are contiguous. Issuance leaves stand under the version that their commit was conditional on, so they
 * fall between the transitions that really surrounded them.
 */
export interface Leaf {
  /** `evt_` and a ULID. */
  readonly id: string;
  /** A grant's id, or `audit` for reads that belong to no grant. */
  readonly stream: string;
  readonly version: number;
  /** `transition` leaves carry the version they made; `event` leaves the version that they happened under. */
  readonly role: 'transition' | 'event';
  readonly type: LeafType;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly actor: { readonly domain: Domain; readonly hash: string };
  readonly entitlement?: string;
  readonly requestSha256?: string;
  readonly bundleSha256?: string;
  readonly decision?: Pick<Decision, 'outcome' | 'policies'>;
  /** Type-specific ids and numbers, for example the intent, the target role, the latest possible expiry. */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
}
