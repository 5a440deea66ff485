import { WritError } from '../errors.ts';
import type { Leaf } from '../leaf.ts';
import { personHash } from '../leafOf.ts';
import type { AuditReader, Page, PageRequest, PolicyResource } from '../ports.ts';
import type { Caller, Deps } from './deps.ts';
import { notFound } from './loadGrant.ts';

export interface AuditDeps extends Deps {
  readonly audit: AuditReader;
}

/** The stream of leaves that belong to no grant. Its actors are Writ's own staff, hashed with the stream's name. */
export const AUDIT_STREAM = 'audit';

/**
 * Audit leaves of one grant or of a UTC day. A party to a grant reads its leaves as of right; anybody else needs
 * policy's word, and the read is itself a leaf, written before the answer.
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
    await recordRead({ day: what.day });
    return deps.audit.ofDay(what.day, page);
  }
  const grant = await deps.store.get(what.grant);
  if (!grant) throw notFound();
  if (grant.request.requester.id !== caller.principal.id) {
    const entitlement = deps.engine.bundle.catalogue.find((candidate) => candidate.id === grant.request.entitlement);
    if (!mayAudit({ type: 'grant', grant, entitlement })) throw notFound();
    await recordRead({ grant: grant.id });
  }
  return deps.audit.ofStream(grant.id, page);

  function mayAudit(resource: PolicyResource): boolean {
    return deps.engine.decide(caller.principal, 'audit', resource, { now: deps.clock(), sourceIp: caller.sourceIp })
      .allowed;
  }

  async function recordRead(facts: Leaf['facts']): Promise<void> {
    await deps.store.append({
      id: deps.ids.event(),
      stream: AUDIT_STREAM,
      version: 0,
      role: 'event',
      type: 'audit.read',
      at: deps.clock(),
      actor: { domain: caller.principal.domain, hash: personHash(deps.sha256, AUDIT_STREAM, caller.principal) },
      bundleSha256: deps.engine.bundle.sha256,
      facts,
    });
  }
}
