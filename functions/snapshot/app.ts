import type { SnapshotDeps } from '../../core/usecases/tokens/publishSnapshot.ts';
import { publishSnapshot } from '../../core/usecases/tokens/publishSnapshot.ts';
import type { Log } from '../shared/log.ts';

/**
 * Publishes the list of what ended: when a grant or a token ends, and each minute. What woke it does not matter, since
 * each time it builds the whole list. A failure fails the run, so that it is tried again and the alarm sees it.
 */
export function createHandler(deps: SnapshotDeps & { readonly log: Log }) {
  return async (): Promise<void> => {
    try {
      const { number } = await publishSnapshot(deps);
      deps.log.worked('published', { number });
    } catch (error) {
      deps.log.failed(error, 'snapshot');
      throw error;
    }
  };
}
