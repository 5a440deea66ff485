import type { Leaf } from '../leaf.ts';
import { auditLeaf } from './auditLeaf.ts';
import type { Caller, Deps } from './deps.ts';

/** Records that somebody is about to see what is not their own. Written before the answer: no record, no answer. */
export async function recordRead(
  deps: Deps,
  { principal }: Caller,
  type: 'audit.read' | 'grants.read',
  facts: Leaf['facts'],
): Promise<void> {
  await deps.store.append(auditLeaf(deps, type, principal, facts));
}
