import type { PublicErrorCode } from '../../contract/errors.ts';
import { PUBLIC_ERRORS } from '../../contract/errors.ts';
import type { Decision } from '../../core/decision.ts';
import { WritError } from '../../core/errors.ts';
import type { Answer } from '../../core/usecases/deps.ts';

export interface ProblemFacts {
  readonly code: PublicErrorCode;
  readonly detail: string;
  readonly remediation?: string | undefined;
  readonly traceId: string;
  readonly decision?: Decision;
  readonly grantId?: string;
}

/** An RFC 9457 problem as an answer. */
export function problem({ code, detail, remediation, traceId, decision, grantId }: ProblemFacts): Answer {
  const known = PUBLIC_ERRORS[code];
  const body = {
    type: `urn:writ:error:${code}`,
    title: known.title,
    status: known.status,
    code,
    detail,
    remediation: remediation ?? known.remediation,
    traceId,
    ...(decision && { decision }),
    ...(grantId !== undefined && { grantId }),
  };
  return { status: known.status, body: JSON.stringify(body) };
}

/** Errors of AWS clients and of the network carry these; they mean "try again", not "Writ is broken". */
const TRANSPORT_NAMES = new Set([
  'TimeoutError',
  'AbortError',
  'NetworkingError',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'SignInFailed',
]);

/**
 * What a failure looks like from outside. Only a `WritError` speaks for itself; anything else shows a code and no
 * text of its own, since the texts of strangers may hold what they were given.
 */
export function problemOf(error: unknown, traceId: string): Answer {
  if (error instanceof WritError) {
    return problem({ code: error.code, detail: error.message, remediation: error.remediation, traceId });
  }
  if (isTransport(error)) {
    return problem({ code: 'unavailable', detail: 'a service that Writ depends on did not answer', traceId });
  }
  return problem({ code: 'internal_error', detail: 'the request could not be completed', traceId });
}

export function isTransport(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    '$metadata' in error ||
    TRANSPORT_NAMES.has(error.name) ||
    ('code' in error && TRANSPORT_NAMES.has(String(error.code)))
  );
}
