import { WritError } from '../errors.ts';
import type { Bucket, Grant } from '../grant.ts';
import type { Page, PageRequest, PolicyResource } from '../ports.ts';
import type { Deny } from '../session.ts';
import { settle } from '../transitions.ts';
import type { Caller, Deps } from './deps.ts';
import { notFound } from './loadGrant.ts';
import { recordRead } from './recordRead.ts';

/** Whether policy lets the caller see this grant. */
export function mayRead(deps: Pick<Deps, 'engine' | 'clock'>, caller: Caller, grant: Grant): boolean {
  const entitlement = deps.engine.bundle.catalogue.find((candidate) => candidate.id === grant.request.entitlement);
  return allows(deps, caller, { type: 'grant', grant, entitlement });
}

function allows(deps: Pick<Deps, 'engine' | 'clock'>, caller: Caller, resource: PolicyResource): boolean {
  const context = { now: deps.clock(), sourceIp: caller.sourceIp };
  return deps.engine.decide(caller.principal, 'read', resource, context).allowed;
}

/**
 * One grant as it is now, with the deny that its early end needed. A look at somebody else's is a leaf.
 *
 * @throws WritError `not_found` for one that does not exist or that the caller may not see: the two look alike (I10).
 */
export async function readGrant(
  deps: Deps,
  caller: Caller,
  id: string,
): Promise<{ grant: Grant; deny: Deny | undefined }> {
  const stored = await deps.store.get(id);
  if (!stored || !mayRead(deps, caller, stored)) throw notFound();
  if (stored.request.requester.id !== caller.principal.id) await recordRead(deps, caller, 'grants.read', { grant: id });
  const grant = settle(stored, deps.clock());
  const endedEarly = ['returned', 'revoked', 'completed'].includes(grant.state.status);
  const { roleArn, sourceIdentity } = grant;
  const denied = endedEarly && roleArn !== undefined;
  return { grant, deny: denied ? await deps.store.denyFor(roleArn, sourceIdentity) : undefined };
}

export type View = 'mine' | 'active' | 'pending' | 'history';
const BUCKET_OF_VIEW: Readonly<Record<Exclude<View, 'mine'>, Bucket>> = {
  active: 'live',
  pending: 'pending',
  history: 'ended',
};

/**
 * A page of grants, newest first. Everybody sees their own; the rest is for those whom policy lets read everything, and
 * such a read is a leaf.
 *
 * @throws WritError `forbidden`, and `invalid_request` for a cursor that belongs to another list.
 */
export async function listGrants(deps: Deps, caller: Caller, view: View, page: PageRequest): Promise<Page<Grant>> {
  const found = view === 'mine' ? await deps.store.listByRequester(caller.principal.id, page) : await listAll();
  const now = deps.clock();
  return { ...found, items: found.items.map((grant) => settle(grant, now)) };

  async function listAll(): Promise<Page<Grant>> {
    if (view === 'mine' || !allows(deps, caller, { type: 'system' })) {
      throw new WritError('forbidden', `the view \`${view}\` shows everybody’s grants`, {
        remediation: 'Use `view=mine`, or ask a security admin.',
      });
    }
    await recordRead(deps, caller, 'grants.read', { view });
    return deps.store.listByBucket(BUCKET_OF_VIEW[view], page);
  }
}
