import { WritError } from '../errors.ts';
import type { Grant } from '../grant.ts';
import { isTerminal } from '../grant.ts';
import { SYSTEM } from '../principal.ts';
import { isDue, settle, transition } from '../transitions.ts';
import type { Deps } from './deps.ts';
import { changeOf } from './changeOf.ts';

/** Writes lose to other writers only while those make progress: after this many, the caller is told to look again. */
export const MAX_ATTEMPTS = 8;

/**
 * The grant with everything written down, leaf by leaf, that time has done to it, or the end of a grant that it hangs
 * on. Expiry, activation and the fall of what was lent on do not wait for the sweeper.
 */
export async function loadSettled(deps: Omit<Deps, 'engine'>, id: string): Promise<Grant | undefined> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const grant = await deps.store.get(id);
    const now = deps.clock();
    if (!grant) return undefined;
    if (isDue(grant, now)) {
      await deps.store.transition(changeOf(deps, grant, transition(grant, { type: 'tick' }, now), now));
      continue;
    }
    const fallen = await fallenAbove(deps, grant);
    if (fallen === undefined) return grant;
    const fall = transition(grant, { type: 'revoke', by: SYSTEM, reason: 'parent_ended' }, now);
    await deps.store.transition(changeOf(deps, grant, fall, now, { facts: { ancestor: fallen } }));
  }
  throw new WritError('version_conflict', 'the grant keeps changing');
}

/** The first grant above it, from the root, that is over or was narrowed since: what hangs on it is over too. */
async function fallenAbove(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  { lineage = [], state }: Grant,
): Promise<string | undefined> {
  if (lineage.length === 0 || isTerminal(state.status)) return undefined;
  const above = await Promise.all(lineage.map(({ grantId }) => store.get(grantId)));
  const now = clock();
  return lineage.find(({ narrowings }, index) => {
    const grant = above[index];
    return !grant || settle(grant, now).state.status !== 'active' || grant.narrowings !== narrowings;
  })?.grantId;
}

export const notFound = (): WritError => new WritError('not_found', 'there is no such grant that you may see');
