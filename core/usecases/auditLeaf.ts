import type { Leaf, LeafType } from '../leaf.ts';
import { personHash } from '../leafOf.ts';
import type { PrincipalRef } from '../principal.ts';
import type { Deps } from './deps.ts';
import { AUDIT_STREAM } from './recordRead.ts';

/** A leaf about what belongs to no grant: a key, a drill, a request that was not taken. */
export function auditLeaf(deps: Deps, type: LeafType, by: PrincipalRef, facts: Leaf['facts']): Leaf {
  return {
    id: deps.ids.event(),
    stream: AUDIT_STREAM,
    version: 0,
    role: 'event',
    type,
    at: deps.clock(),
    actor: { domain: by.domain, hash: personHash(deps.sha256, AUDIT_STREAM, by) },
    bundleSha256: deps.engine.bundle.sha256,
    facts,
  };
}
