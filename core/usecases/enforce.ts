import type { Clock, GrantStore, RevocationWriter } from '../ports.ts';
import { revocationPolicy } from '../revocation.ts';

export interface EnforceDeps {
  readonly clock: Clock;
  readonly store: Pick<GrantStore, 'denies' | 'markApplied'>;
  readonly writer: RevocationWriter;
}

/**
 * Makes a role's revocation policy what its denies say. Run by one writer per role; run twice, or late, it ends the
 * same (I16): it reads all denies strongly consistently and writes the whole policy.
 */
export async function enforce(deps: EnforceDeps, roleArn: string): Promise<'written' | 'unchanged'> {
  const denies = await deps.store.denies(roleArn);
  const now = deps.clock();
  const result = await deps.writer.write(roleArn, revocationPolicy(denies, now));
  const fresh = denies.filter((deny) => deny.until > now && deny.appliedAt === undefined);
  if (fresh.length > 0) await deps.store.markApplied(fresh, deps.clock());
  return result;
}
