import type { Grant } from './grant.ts';
import type { Leaf, LeafType } from './leaf.ts';
import type { Ids, Sha256 } from './ports.ts';
import type { PrincipalRef } from './principal.ts';

interface LeafFacts {
  readonly type: LeafType;
  readonly role: Leaf['role'];
  readonly at: number;
  readonly by: PrincipalRef;
  /** By default the grant's version. */
  readonly version?: number;
  readonly facts?: Leaf['facts'];
}

/** The audit record of something that happened to a grant. */
export function leafOf(deps: { ids: Ids; sha256: Sha256 }, grant: Grant, what: LeafFacts): Leaf {
  return {
    id: deps.ids.event(),
    stream: grant.id,
    version: what.version ?? grant.version,
    role: what.role,
    type: what.type,
    at: what.at,
    actor: { domain: what.by.domain, hash: personHash(deps.sha256, grant.salt, what.by) },
    entitlement: grant.request.entitlement,
    requestSha256: grant.requestSha256,
    bundleSha256: grant.decision.bundleSha256,
    decision: { outcome: grant.decision.outcome, policies: grant.decision.policies },
    facts: what.facts ?? {},
  };
}

/** A person as leaves and session tags name them: a hash that dies with its salt. */
export const personHash = (sha256: Sha256, salt: string, person: PrincipalRef): string =>
  sha256(`${salt}|${person.id}`);
