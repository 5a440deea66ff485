import type { Route } from '../contract/routes.ts';

/**
 * How often a call may be made in all.
 *
 * Reads, DELETEs (RFC 9110 section 9.2.2) and POSTs under an Idempotency-Key have one effect however often they arrive.
 * Issuing calls mint another AWS session each time, and a grant has a limit of them: one repetition, no more.
 */
export function attemptsFor(route: Pick<Route, 'method' | 'idempotent'>): number {
  return route.method !== 'POST' || route.idempotent === true ? 4 : 2;
}

const RETRYABLE = new Set([429, 502, 503, 504]);

/** Whether a moment's patience may help. It does not against `too_many_pending`, which waits for people. */
export async function isRetryable(response: Response): Promise<boolean> {
  if (!RETRYABLE.has(response.status)) return false;
  if (response.status !== 429) return true;
  const text = await response
    .clone()
    .text()
    .catch(() => '');
  return !text.includes('"too_many_pending"');
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;

/**
 * How long to wait after the given failed attempt (1 is the first), in milliseconds: what `Retry-After` says in
 * seconds (RFC 9110 section 10.2.3), else twice as long each time. A server can't make us wait longer than 10 s.
 */
export function pauseAfter(attempt: number, retryAfter: string | null): number {
  return Math.min(retryAfterMs(retryAfter) ?? FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
}

/** Undefined where the header says nothing, or a date. */
export const retryAfterMs = (retryAfter: string | null): number | undefined =>
  retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : undefined;
