import type { Leaf, LeafType } from '../leaf.ts';
import { personHash } from '../leafOf.ts';
import type { PrincipalRef } from '../principal.ts';
import type { Deps } from './deps.ts';

/** The stream of leaves that belong to no grant. Its actors are hashed with the stream's name. */
export const AUDIT_STREAM = 'audit';

/** Where no bundle had a part in it, there is no `engine`. */
type LeafDeps = Pick<Deps, 'clock' | 'ids' | 'sha256'> & { readonly engine?: Pick<Deps['engine'], 'bundle'> };

/** A leaf about what belongs to no grant: a key, a drill, a read, a request that was not taken. */
export function auditLeaf(deps: LeafDeps, type: LeafType, by: PrincipalRef, facts: Leaf['facts']): Leaf {
  return {
    id: deps.ids.event(),
    stream: AUDIT_STREAM,
    version: 0,
    role: 'event',
    type,
    at: deps.clock(),
    actor: { domain: by.domain, hash: personHash(deps.sha256, AUDIT_STREAM, by) },
    ...(deps.engine && { bundleSha256: deps.engine.bundle.sha256 }),
    facts,
  };
}
