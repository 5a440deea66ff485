import { Logger } from '@aws-lambda-powertools/logger';
import type { EngineFailure } from '../../adapters/cedar/engine.ts';
import { currentTrace } from './trace.ts';

/** What functions may say. There is no method that takes free data: nobody can log a token by mistake (I12). */
export interface Log {
  answered(facts: { route: string; status: number; traceId: string }): void;
  /** An unexpected error: its kind and stack frames, never its message. */
  failed(error: unknown, traceId: string): void;
  /** The engine could not answer, so it denied: the question, the policies that failed, and Cedar's words for it. */
  undecided(failure: EngineFailure): void;
  /** A scheduled or queued job's outcome, as counts and ARNs. */
  worked(job: string, facts: Readonly<Record<string, number | string>>): void;
}

export function createLog(service: string): Log {
  const logger = new Logger({ serviceName: `writ-${service}` });
  return {
    answered: (facts) => {
      logger.info('answered', facts);
    },
    failed: (error, traceId) => {
      logger.error('failed', { ...describe(error), traceId });
    },
    undecided: ({ action, policies, error }) => {
      logger.error('undecided', { action, policies, cause: withoutValues(error), traceId: currentTrace() });
    },
    worked: (job, facts) => {
      logger.info(job, facts);
    },
  };
}

/** Cedar quotes names and values alike, people's ids and parameters among them: nothing that is quoted stays. */
const withoutValues = (text: string): string => text.replace(/`[^`]*`|"[^"]*"/g, '…').slice(0, 300);

/** Class, AWS request id and frames. Messages stay out: those of strangers quote their input. */
function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { kind: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  const causes = error instanceof AggregateError ? error.errors.map(describe) : undefined;
  return { kind: error.name, frames: frames.slice(0, 8), ...(causes && { causes }) };
}
