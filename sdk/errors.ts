import type { PublicErrorCode } from '../contract/errors.ts';
import type { ProblemView } from '../contract/schemas.ts';

/** The API said no. Everything in it is safe to show: the API puts no secret into a problem. */
export class WritApiError extends Error {
  readonly status: number;
  readonly code: PublicErrorCode;
  readonly detail: string;
  readonly remediation: string;
  readonly traceId: string;
  /** On a refusal by policy: which policies decided, and why. */
  readonly decision: ProblemView['decision'];
  /** On a denied request: the id under which the denial is kept. */
  readonly grantId: string | undefined;
  /** What `Retry-After` asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(problem: ProblemView, retryAfterMs?: number) {
    super(problem.detail);
    this.name = 'WritApiError';
    this.status = problem.status;
    this.code = problem.code;
    this.detail = problem.detail;
    this.remediation = problem.remediation;
    this.traceId = problem.traceId;
    this.decision = problem.decision;
    this.grantId = problem.grantId;
    this.retryAfterMs = retryAfterMs;
  }
}

/** No answer came: the API is down, unreachable or too slow. Whether a POST took effect is unknown. */
export class WritConnectionError extends Error {
  readonly apiUrl: string;

  constructor(apiUrl: string, cause: unknown) {
    super(`no answer from ${apiUrl}: ${reasonOf(cause)}`, { cause });
    this.name = 'WritConnectionError';
    this.apiUrl = apiUrl;
  }
}

/** Something answered, but not as the contract says: a proxy, another service, or another version of Writ. */
export class WritProtocolError extends Error {
  readonly status: number;

  constructor(apiUrl: string, status: number, what: string) {
    super(`${apiUrl} answered ${status}, ${what}`);
    this.name = 'WritProtocolError';
    this.status = status;
  }
}

/** undici wraps the interesting error (`ECONNREFUSED`) as the cause of `fetch failed`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown failure';
  if (error.name === 'TimeoutError') return 'timed out';
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors.length > 0) return reasonOf(cause.errors[0]);
  // OpenSSL's messages end in a line feed.
  return cause instanceof Error ? reasonOf(cause) : error.message.trim();
}
