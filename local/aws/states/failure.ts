/** How states fail, and which error names stand for others. */

export interface StateFailure {
  /** An error name: of the service's own (`States.Timeout`), of a Lambda function, or of whoever failed a task. */
  readonly error: string;
  readonly cause: string;
}

const TIMEOUTS: ReadonlySet<string> = new Set(['States.Timeout', 'States.HeartbeatTimeout']);
/** What `States.ALL` does not catch: the execution can't go on with it. */
const TERMINAL: ReadonlySet<string> = new Set(['States.DataLimitExceeded', 'States.Runtime']);

/** Names in `ErrorEquals` that stand for more than themselves. */
const WILDCARDS: Readonly<Record<string, (error: string) => boolean>> = {
  'States.ALL': (error) => !TERMINAL.has(error),
  'States.TaskFailed': (error) => !TERMINAL.has(error) && !TIMEOUTS.has(error),
  'States.Timeout': (error) => TIMEOUTS.has(error),
};

/**
 * Whether a retrier or catcher with these `ErrorEquals` is for the error.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export function isFor(errorEquals: readonly string[], error: string): boolean {
  if (error === 'States.Runtime') return false;
  return errorEquals.some((name) =>
    Object.hasOwn(WILDCARDS, name) ? (WILDCARDS[name]?.(error) ?? false) : name === error,
  );
}
