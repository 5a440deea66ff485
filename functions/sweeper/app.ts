import type { SweepDeps, SweepReport } from '../../core/usecases/sweep.ts';
import { sweep } from '../../core/usecases/sweep.ts';
import type { Log } from '../shared/log.ts';

/**
 * Runs every minute. A failure fails the run, after everything else was tried: the alarm sees it, and the log has every
 * cause, of which Lambda itself would show none.
 */
export function createHandler(deps: SweepDeps & { readonly log: Log; readonly roleArns: readonly string[] }) {
  return async (): Promise<SweepReport> => {
    try {
      const report = await sweep(deps, deps.roleArns);
      deps.log.worked('swept', { ...report });
      return report;
    } catch (error) {
      deps.log.failed(error, 'sweep');
      throw error;
    }
  };
}
