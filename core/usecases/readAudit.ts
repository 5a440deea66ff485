import { WritError } from '../errors.ts';
import type { Grant } from '../grant.ts';
import type { Leaf } from '../leaf.ts';
import type { AuditReader, Page, PageRequest, PolicyResource } from '../ports.ts';
import type { Principal } from '../principal.ts';
import type { Caller, Deps } from './deps.ts';
import { notFound } from './loadGrant.ts';
import { mayRead } from './readGrants.ts';
import { recordRead } from './recordRead.ts';

export interface AuditDeps extends Deps {
  readonly audit: AuditReader;
}

/**
 * Audit leaves of one grant or of a UTC day. A party to a grant reads its leaves as of right; anybody else needs
 * policy's word, and the read is itself a leaf, written before the answer. Leaves outlive their grant: whoever may audit
 * everything reads them still.
 *
 * @throws WritError `not_found` for a grant that the caller may not see, `forbidden` for a day.
 */
export async function readAudit(
  deps: AuditDeps,
  caller: Caller,
  what: { readonly grant: string } | { readonly day: string },
  page: PageRequest,
): Promise<Page<Leaf>> {
  if ('day' in what) {
    if (!mayAudit({ type: 'system' })) {
      throw new WritError('forbidden', 'the audit log is for auditors', {
        remediation: 'Name one of your own grants: ?grant=…',
      });
    }
    await recordRead(deps, caller, 'audit.read', { day: what.day });
    return deps.audit.ofDay(what.day, page);
  }
  const grant = await deps.store.get(what.grant);
  if (!isParty(grant, caller.principal)) {
    const entitlement = deps.engine.bundle.catalogue.find((candidate) => candidate.id === grant?.request.entitlement);
    if (grant) refuseWhoDecided(grant, caller.principal);
    if (!mayAudit(grant ? { type: 'grant', grant, entitlement } : { type: 'system' })) {
      if (!grant || !mayRead(deps, caller, grant)) throw notFound();
      throw new WritError('forbidden', 'you see this grant, but its audit leaves are for its parties and for auditors');
    }
    await recordRead(deps, caller, 'audit.read', { grant: what.grant });
  }
  const leaves = await deps.audit.ofStream(what.grant, page);
  if (!grant && leaves.items.length === 0 && page.cursor === undefined) throw notFound();
  return leaves;

  function mayAudit(resource: PolicyResource): boolean {
    return deps.engine.decide(caller.principal, 'audit', resource, { now: deps.clock(), sourceIp: caller.sourceIp })
      .allowed;
  }
}

const isParty = (grant: Grant | undefined, { id }: Principal): boolean =>
  grant !== undefined && (grant.request.requester.id === id || grant.request.subject === id);

/** Separation of duties, under any account: whoever said yes or no to a grant does not check that grant. */
function refuseWhoDecided({ approvals }: Grant, { id, person }: Principal): void {
  if (!approvals.some(({ by }) => by.person === person || by.id === id)) return;
  throw new WritError('own_request', 'nobody audits a grant that they decided on, under any account', {
    remediation: 'Ask another auditor.',
  });
}
