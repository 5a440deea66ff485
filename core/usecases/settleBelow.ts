import type { Grant } from '../grant.ts';
import { isTerminal } from '../grant.ts';
import type { Deps } from './deps.ts';
import { loadSettled } from './loadGrant.ts';

/**
 * Writes down, grant by grant, the fall of what was lent on from a grant that ended or was narrowed, so that lists and
 * looks at it are right at once. No authority depends on it: whoever uses a fallen grant, or moves it, finds that it fell.
 * So what fails here is left to the next of them or to the sweeper, and the change that was committed stands.
 */
export async function settleBelow(deps: Omit<Deps, 'engine'>, before: Grant, after: Grant): Promise<void> {
  const fell = isTerminal(after.state.status) || after.narrowings > before.narrowings;
  if (before.roleArn !== undefined || before.state.status !== 'active' || !fell) return;
  await settleChildren(deps, before.id);
}

async function settleChildren(deps: Omit<Deps, 'engine'>, grantId: string): Promise<void> {
  const [children] = await Promise.allSettled([deps.store.childrenOf(grantId)]);
  if (children.status === 'rejected') return;
  await Promise.allSettled(
    children.value.map(async (id) => {
      await loadSettled(deps, id);
      await settleChildren(deps, id);
    }),
  );
}
