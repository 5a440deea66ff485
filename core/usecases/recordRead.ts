import type { Leaf } from '../leaf.ts';
import { personHash } from '../leafOf.ts';
import type { Caller, Deps } from './deps.ts';

/** The stream of leaves that belong to no grant. Its actors are Writ's own staff, hashed with the stream's name. */
export const AUDIT_STREAM = 'audit';

/** Records that somebody is about to see what is not their own. Written before the answer: no record, no answer. */
export async function recordRead(
  deps: Deps,
  caller: Caller,
  type: 'audit.read' | 'grants.read',
  facts: Leaf['facts'],
): Promise<void> {
  await deps.store.append({
    id: deps.ids.event(),
    stream: AUDIT_STREAM,
    version: 0,
    role: 'event',
    type,
    at: deps.clock(),
    actor: { domain: caller.principal.domain, hash: personHash(deps.sha256, AUDIT_STREAM, caller.principal) },
    bundleSha256: deps.engine.bundle.sha256,
    facts,
  });
}
