import { asksSubject } from '../chain.ts';
import { WritError } from '../errors.ts';
import type { Grant } from '../grant.ts';
import { isTerminal } from '../grant.ts';
import { refOf } from '../principal.ts';
import type { GrantEvent } from '../transitions.ts';
import { ended } from '../transitions.ts';
import type { Answer, Caller, Deps, Idempotency } from './deps.ts';
import { notFound } from './loadGrant.ts';
import type { Respond, Step } from './moveGrant.ts';
import { moveGrant } from './moveGrant.ts';
import { openQuestion, panelOf, standingAfter, tooLateAt } from './panel.ts';
import { mayRead } from './readGrants.ts';

/**
 * Takes back what one said: an approval while people are still asked; a consent at any time, which ends the grant.
 *
 * @throws WritError `not_found`, `forbidden` for somebody else's, `approval_final` once it took effect, `grant_ended`
 */
export function withdrawApproval(
  deps: Deps,
  caller: Caller,
  target: { readonly grantId: string; readonly approvalId: string },
  idempotency: Idempotency | undefined,
  respond: Respond,
): Promise<Answer> {
  return moveGrant(
    deps,
    target.grantId,
    idempotency,
    (grant, now) => stepOf(deps, caller, grant, target.approvalId, now),
    respond,
  );
}

function stepOf(deps: Deps, caller: Caller, grant: Grant, approvalId: string, now: number): Step {
  const approval = grant.approvals.find(({ id }) => id === approvalId);
  if (!approval) {
    if (!mayRead(deps, caller, grant)) throw notFound();
    throw new WritError('not_found', 'the grant has no such approval');
  }
  if (approval.by.id !== caller.principal.id) {
    if (!mayRead(deps, caller, grant)) throw notFound();
    throw new WritError('forbidden', 'only whoever gave an approval withdraws it', {
      remediation: 'To end the grant: writ revoke.',
    });
  }
  if (isTerminal(grant.state.status)) throw ended(grant);
  const facts = { approval: approval.id };
  const by = refOf(caller.principal);
  const stage = panelOf(deps.engine.bundle, grant.request)?.chain.stages[approval.stage];
  const isConsent = grant.request.subject === approval.by.id && (stage === undefined || asksSubject(stage));
  if (isConsent && grant.state.status !== 'pending') {
    return { event: { type: 'revoke', by, reason: 'consent_withdrawn' }, facts };
  }
  return { event: withdrawal(deps, grant, approvalId, by, now), facts };
}

function withdrawal(deps: Deps, grant: Grant, approval: string, by: ReturnType<typeof refOf>, now: number): GrantEvent {
  const panel = panelOf(deps.engine.bundle, grant.request);
  const question = openQuestion(grant);
  const given = question?.approvals.find(({ id }) => id === approval);
  if (!panel || question?.about !== 'request' || !given || given.withdrawnAt !== undefined) {
    throw new WritError('approval_final', 'the approval has taken effect, or was withdrawn before', {
      remediation: 'To end the grant: writ revoke.',
    });
  }
  const approvals = question.approvals.map((other) => (other.id === approval ? { ...other, withdrawnAt: now } : other));
  const standing = standingAfter(panel, { ...question, approvals }, now, tooLateAt(grant.request));
  if (!standing) throw new WritError('internal_error', 'an approval less can’t be agreement');
  return { type: 'withdraw', approval, by, standing };
}
