import { WritError } from '../errors.ts';
import type { Grant } from '../grant.ts';
import { isDue, transition } from '../transitions.ts';
import type { Deps } from './deps.ts';
import { changeOf } from './changeOf.ts';

/** Writes lose to other writers only while those make progress: after this many, the caller is told to look again. */
export const MAX_ATTEMPTS = 8;

/**
 * The grant with everything that time has done to it written down, leaf by leaf. Expiry and activation do not wait
 * for the sweeper.
 */
export async function loadSettled(deps: Omit<Deps, 'engine'>, id: string): Promise<Grant | undefined> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const grant = await deps.store.get(id);
    const now = deps.clock();
    if (!grant || !isDue(grant, now)) return grant;
    await deps.store.transition(changeOf(deps, grant, transition(grant, { type: 'tick' }, now), now));
  }
  throw new WritError('version_conflict', 'the grant keeps changing');
}

export const notFound = (): WritError => new WritError('not_found', 'there is no such grant that you may see');
