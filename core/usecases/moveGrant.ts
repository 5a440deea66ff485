import type { Companion } from '../approvalPorts.ts';
import { WritError } from '../errors.ts';
import type { Grant } from '../grant.ts';
import { isTerminal } from '../grant.ts';
import type { Leaf } from '../leaf.ts';
import type { Deny } from '../session.ts';
import type { GrantEvent } from '../transitions.ts';
import { transition } from '../transitions.ts';
import { changeOf, denyFor } from './changeOf.ts';
import type { Answer, Deps, Idempotency } from './deps.ts';
import { answerOf, earlierAnswer, recordOf } from './idempotently.ts';
import { loadSettled, MAX_ATTEMPTS, notFound } from './loadGrant.ts';
import { settleBelow } from './settleBelow.ts';

/** What a caller makes of the grant as it stands: who may, and what then happens. */
export interface Step {
  readonly event: GrantEvent;
  readonly facts?: Leaf['facts'];
  readonly companions?: readonly Companion[];
}

export type Respond = (grant: Grant, deny: Deny | undefined) => Answer;

/**
 * Moves a grant by one step: reads it, has `stepOf` check duties and choose the event, and writes the change with its
 * leaf, its deny and its companions by one conditional write. Whoever loses a race reads again and decides again.
 *
 * @throws WritError `not_found`, `version_conflict`, `idempotency_key_reused`, whatever `stepOf` and the reducer throw
 */
export async function moveGrant(
  deps: Deps,
  grantId: string,
  idempotency: Idempotency | undefined,
  stepOf: (grant: Grant, now: number) => Step | Promise<Step>,
  respond: Respond,
): Promise<Answer> {
  const earlier = await earlierAnswer(deps, idempotency);
  if (earlier) return earlier;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const grant = await loadSettled(deps, grantId);
    if (!grant) throw notFound();
    const now = deps.clock();
    const step = await stepOf(grant, now);
    const moved = transition(grant, step.event, now);
    const deny = denyFor(grant, moved, now);
    const answer = respond(moved.grant, deny);
    const outcome = await deps.store.transition({
      ...changeOf(deps, grant, moved, now, step, deny),
      ...(idempotency && { idempotency: recordOf(idempotency, answer, latestEnd(moved.grant, now)) }),
    });
    if (outcome.result === 'replayed') return answerOf(outcome.record, idempotency);
    if (outcome.result === 'committed') {
      await settleBelow(deps, grant, moved.grant);
      return answer;
    }
    if (outcome.result === 'refused' && outcome.by === 'breakGlassUse') {
      throw new WritError('review_outstanding', 'an earlier break-glass use of the holder has not been reviewed');
    }
    if (outcome.result === 'refused') throw new WritError('version_conflict', 'it does not hold any more: look again');
  }
  throw new WritError('version_conflict', 'the grant keeps changing');
}

/** Its idempotency keys have one effect until then (I8). */
function latestEnd(grant: Grant, now: number): number {
  if (isTerminal(grant.state.status)) return now;
  return 'expiresAt' in grant.state ? (grant.state.expiresAt ?? now) : now + grant.request.durationSeconds * 1000;
}
