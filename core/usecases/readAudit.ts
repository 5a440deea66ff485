import { WritError } from '../errors.ts';
import type { Grant } from '../grant.ts';
import type { Leaf } from '../leaf.ts';
import type { AuditReader, Page, PageRequest, PolicyResource } from '../ports.ts';
import type { Principal } from '../principal.ts';
import type { Caller, Deps } from './deps.ts';
import { notFound } from './loadGrant.ts';
import { mayRead } from './readGrants.ts';
import { AUDIT_STREAM } from './auditLeaf.ts';
import { recordRead } from './recordRead.ts';

export interface AuditDeps extends Deps {
  readonly audit: AuditReader;
}

/**
 * Audit leaves of one grant or of a UTC day. A party to a grant reads its leaves as of right; anybody else needs
 * policy's word, and the read is itself a leaf, written before the answer. A day leaves out the grants that the reader
 * decided on. Leaves outlive their grant: whoever may audit
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
    const day = await deps.audit.ofDay(what.day, page);
    return { ...day, items: await withoutOwn(deps, caller, day.items) };
  }
  const grant = await deps.store.get(what.grant);
  if (!isParty(grant, caller.principal)) {
    const entitlement = deps.engine.bundle.catalogue.find((candidate) => candidate.id === grant?.request.entitlement);
    if (grant && decidedOn(grant, caller.principal)) throw OWN_DECISION();
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
function decidedOn({ approvals, extensions, breakGlass }: Grant, { id, person }: Principal): boolean {
  const said = [...approvals, ...extensions.flatMap((extension) => extension.approvals), breakGlass?.review];
  return said.some((word) => word !== undefined && (word.by.person === person || word.by.id === id));
}

const OWN_DECISION = (): WritError =>
  new WritError('own_request', 'nobody audits a grant that they decided on, under any account', {
    remediation: 'Ask another auditor.',
  });

/** The leaves without those of grants that the reader decided on. */
async function withoutOwn(deps: AuditDeps, { principal }: Caller, leaves: readonly Leaf[]): Promise<readonly Leaf[]> {
  const ids = [...new Set(leaves.map(({ stream }) => stream).filter((stream) => stream !== AUDIT_STREAM))];
  const grants = await Promise.all(ids.map((id) => deps.store.get(id)));
  const own = new Set(ids.filter((_, index) => grants[index] && decidedOn(grants[index], principal)));
  return leaves.filter(({ stream }) => !own.has(stream));
}
