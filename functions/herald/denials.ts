import type { OnceStore } from '../../core/approvalPorts.ts';
import type { Leaf } from '../../core/leaf.ts';
import { personHash } from '../../core/leafOf.ts';
import type { GrantStore, Ids, Sha256 } from '../../core/ports.ts';
import { SYSTEM } from '../../core/principal.ts';
import { AUDIT_STREAM } from '../../core/usecases/auditLeaf.ts';

/** So many denials of one person, within so many milliseconds, are worth an alarm. */
const MANY = 5;
const WITHIN_MS = 10 * 60_000;

export interface DenialDeps {
  readonly ids: Pick<Ids, 'event'>;
  readonly sha256: Sha256;
  readonly store: Pick<GrantStore, 'get'>;
  readonly once: Pick<OnceStore, 'count' | 'appendOnce'>;
}

/**
 * Counts a denial for the person behind it, whatever account they used, and writes a leaf when there are many. At most
 * one leaf for each ten minutes of the clock: a rush tells of itself once, or twice where it goes on past them. Noted
 * twice, a denial counts once.
 */
export async function noteDenial(deps: DenialDeps, denial: Leaf): Promise<void> {
  const grant = await deps.store.get(denial.stream);
  if (!grant) return; // erased since: there is nobody left to tell of
  const { requester } = grant.request;
  const key = `denials#${requester.person}`;
  const count = await deps.once.count(key, { id: denial.id, at: denial.at }, denial.at - WITHIN_MS);
  if (count < MANY) return;
  const slot = Math.floor(denial.at / WITHIN_MS);
  await deps.once.appendOnce(`${key}#${slot}`, (slot + 2) * WITHIN_MS, {
    id: deps.ids.event(),
    stream: AUDIT_STREAM,
    version: 0,
    role: 'event',
    type: 'denials.repeated',
    at: denial.at,
    actor: { domain: SYSTEM.domain, hash: personHash(deps.sha256, AUDIT_STREAM, SYSTEM) },
    facts: { count, person: personHash(deps.sha256, AUDIT_STREAM, requester), grant: grant.id },
  });
}
