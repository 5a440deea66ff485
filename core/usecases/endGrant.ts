import { WritError } from '../errors.ts';
import type { Grant } from '../grant.ts';
import { leafOf } from '../leafOf.ts';
import type { Principal } from '../principal.ts';
import { refOf } from '../principal.ts';
import { denyOf } from '../revocation.ts';
import type { Deny } from '../session.ts';
import type { GrantEvent } from '../transitions.ts';
import { transition } from '../transitions.ts';
import type { Answer, Caller, Deps, Idempotency } from './deps.ts';
import { answerOf, earlierAnswer, recordOf } from './idempotently.ts';
import { loadSettled, MAX_ATTEMPTS, notFound } from './loadGrant.ts';
import { mayRead } from './readGrants.ts';

/** How a person ends a grant. */
export type Ending =
  { readonly type: 'cancel' } | { readonly type: 'return' } | { readonly type: 'revoke'; readonly note: string };

/**
 * Ends a grant by one conditional write, which also records the deny for its live sessions. From that commit on
 * nothing is issued (I1).
 *
 * @throws WritError `not_found` for a grant that the caller may not see, `forbidden` for one that is not theirs to
 * end, `grant_ended`, `grant_not_active`, `grant_not_cancellable`, `version_conflict`, `idempotency_key_reused`.
 */
export async function endGrant(
  deps: Deps,
  caller: Caller,
  grantId: string,
  ending: Ending,
  idempotency: Idempotency | undefined,
  respond: (grant: Grant, deny: Deny | undefined) => Answer,
): Promise<Answer> {
  const earlier = await earlierAnswer(deps, idempotency);
  if (earlier) return earlier;

  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const grant = await loadSettled(deps, grantId);
    if (!grant) throw notFound();
    checkDuty(deps, caller, grant, ending);

    const now = deps.clock();
    const by = refOf(caller.principal);
    const moved = transition(grant, eventOf(ending, caller.principal), now);
    const deny = moved.endedEarly ? denyOf(moved.grant, now) : undefined;
    const answer = respond(moved.grant, deny);
    const outcome = await deps.store.transition({
      grant: moved.grant,
      leaf: leafOf(deps, moved.grant, {
        type: moved.leaf,
        role: 'transition',
        at: now,
        by,
        facts: deny ? { roleArn: deny.roleArn, sourceIdentity: grant.sourceIdentity, denyUntil: deny.until } : {},
      }),
      ...(deny && { deny }),
      ...(idempotency && { idempotency: recordOf(idempotency, answer, now) }),
    });
    if (outcome.result === 'replayed') return answerOf(outcome.record, idempotency);
    if (outcome.result === 'committed') return answer;
  }
  throw new WritError('version_conflict', 'the grant keeps changing');
}

function checkDuty(deps: Deps, caller: Caller, grant: Grant, ending: Ending): void {
  const mine = grant.request.requester.id === caller.principal.id;
  if (ending.type !== 'revoke') {
    if (mine) return;
    if (!mayRead(deps, caller, grant)) throw notFound();
    throw new WritError('forbidden', 'only the holder may do this', {
      remediation: 'To end somebody else’s grant: writ revoke.',
    });
  }
  const entitlement = deps.engine.bundle.catalogue.find((candidate) => candidate.id === grant.request.entitlement);
  const context = { now: deps.clock(), sourceIp: caller.sourceIp };
  const verdict = deps.engine.decide(caller.principal, 'revoke', { type: 'grant', grant, entitlement }, context);
  if (verdict.allowed) return;
  if (!mayRead(deps, caller, grant)) throw notFound();
  throw new WritError('forbidden', verdict.reasons[0] ?? 'policy does not let you revoke this grant', {
    ...(verdict.remediation !== undefined && { remediation: verdict.remediation }),
  });
}

function eventOf(ending: Ending, principal: Principal): GrantEvent {
  const by = refOf(principal);
  return ending.type === 'revoke'
    ? { type: 'revoke', by, reason: 'revoked', note: ending.note }
    : { type: ending.type, by };
}
