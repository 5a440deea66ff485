import { WritError } from '../errors.ts';
import type { IdempotencyRecord } from '../ports.ts';
import type { Answer, Deps, Idempotency } from './deps.ts';

const DAY_MS = 24 * 3600 * 1000;

/**
 * The earlier answer to this key, if there is one.
 *
 * @throws WritError `idempotency_key_reused` when it was given to another body.
 */
export async function earlierAnswer(deps: Deps, idempotency: Idempotency | undefined): Promise<Answer | undefined> {
  if (!idempotency) return undefined;
  const record = await deps.store.findIdempotent(idempotency.keySha256);
  return record && answerOf(record, idempotency);
}

/** @throws WritError `idempotency_key_reused` when the record belongs to another body. */
export function answerOf(record: IdempotencyRecord, idempotency: Idempotency | undefined): Answer {
  if (record.bodySha256 !== idempotency?.bodySha256) {
    throw new WritError('idempotency_key_reused', 'this Idempotency-Key was used for a request with another body');
  }
  return record.response;
}

/** The record to write with the change: kept for the grant's lifetime and a day. */
export const recordOf = (idempotency: Idempotency, response: Answer, lifetimeEnds: number): IdempotencyRecord => ({
  ...idempotency,
  response,
  keepUntil: lifetimeEnds + DAY_MS,
});
