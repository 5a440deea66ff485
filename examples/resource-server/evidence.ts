// In a repository of your own: `from 'writ/client'`.
import { WritApiError } from '../../sdk/index.ts';
import type { WritClient } from '../../sdk/index.ts';

export interface Report {
  /** The token's text. Secret: it goes to Writ and nowhere else. */
  readonly token: string;
  /** This service's own name for what it does: told or spent twice, it counts once. */
  readonly requestId: string;
  readonly operation: string;
  /** An id, never contents. */
  readonly resource: string;
  readonly outcome: 'succeeded' | 'failed' | 'refused';
}

/** What Writ is told of the use of its tokens. */
export interface Evidence {
  /** Spends one use. @returns false when none is left, or the token is not good any more: do nothing then */
  spend(use: Pick<Report, 'token' | 'requestId'>): Promise<boolean>;
  /** Tells what was done. What can't be told is logged, without the token, so that it can be told later. */
  report(report: Report): Promise<void>;
}

/**
 * @param writ signed in as the client that serves the audience: its token is a client assertion
 * @param log one line of text, without secrets
 */
export function writEvidence(
  writ: Pick<WritClient, 'consume' | 'reportActivity'>,
  log: (line: string) => void,
): Evidence {
  return {
    async spend({ token, requestId }) {
      try {
        await writ.consume({ token, requestId });
        return true;
      } catch (error) {
        // Anything else leaves open whether it was spent: not knowing is no permission, and the caller fails.
        if (error instanceof WritApiError && SPENT.has(error.code)) return false;
        throw error;
      }
    },
    async report({ token, requestId, operation, resource, outcome }) {
      try {
        await writ.reportActivity({ token, requestId, operation, resource, outcome });
      } catch (error) {
        const why = error instanceof WritApiError ? error.code : 'no answer';
        log(`not told (${why}): ${operation} on ${resource}: ${outcome}, request ${requestId}`);
      }
    },
  };
}

const SPENT = new Set<string>(['uses_exhausted', 'token_not_active']);
