import type { Approval } from '../approval.ts';
import { asksSubject } from '../chain.ts';
import { WritError } from '../errors.ts';
import type { Grant } from '../grant.ts';
import { isTerminal } from '../grant.ts';
import type { PrincipalRef } from '../principal.ts';
import { refOf } from '../principal.ts';
import type { GrantEvent } from '../transitions.ts';
import { ended } from '../transitions.ts';
import type { Answer, Caller, Deps, Idempotency } from './deps.ts';
import { notFound } from './loadGrant.ts';
import type { Respond, Step } from './moveGrant.ts';
import { moveGrant } from './moveGrant.ts';
import { answerBy, openQuestion, panelFor, panelOf, standingAfter } from './panel.ts';
import { mayRead } from './readGrants.ts';

/**
 * Takes back what one said to a request or an extension: an approval while people are still asked; a consent at any time,
 * which ends the grant once that rests on it.
 *
 * @throws WritError `not_found`, `forbidden` for somebody else's, `approval_final` once its question was decided,
 * `grant_ended`
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
  const found = said(grant, approvalId);
  if (!found) {
    if (!mayRead(deps, caller, grant)) throw notFound();
    throw new WritError('not_found', 'the grant has no such approval');
  }
  const { approval } = found;
  if (approval.by.id !== caller.principal.id) {
    if (!mayRead(deps, caller, grant)) throw notFound();
    throw new WritError('forbidden', 'only whoever gave an approval withdraws it', {
      remediation: 'To end the grant: writ revoke.',
    });
  }
  if (isTerminal(grant.state.status)) throw ended(grant);
  const facts = { approval: approval.id };
  const by = refOf(caller.principal);
  if (found.tookEffect && isConsent(deps, grant, approval)) {
    return { event: { type: 'revoke', by, reason: 'consent_withdrawn' }, facts };
  }
  return { event: withdrawal(deps, grant, approvalId, by, now), facts };
}

/** An approval of the request or of an extension, and whether the grant may rest on it by now. */
function said({ state, approvals, extensions }: Grant, id: string) {
  const questions = [
    { tookEffect: state.status !== 'pending', approvals },
    ...extensions.map((asked) => ({ tookEffect: asked.state.status === 'allowed', approvals: asked.approvals })),
  ];
  return questions
    .flatMap((question) => question.approvals.map((approval) => ({ approval, tookEffect: question.tookEffect })))
    .find(({ approval }) => approval.id === id);
}

function isConsent(deps: Deps, { request }: Grant, { by, stage }: Approval): boolean {
  const open = panelOf(deps.engine.bundle, request)?.chain.stages[stage];
  return request.subject === by.id && (open === undefined || asksSubject(open));
}

function withdrawal(deps: Deps, grant: Grant, approval: string, by: PrincipalRef, now: number): GrantEvent {
  const panel = panelFor(deps.engine.bundle, grant);
  const question = openQuestion(grant);
  const given = question?.approvals.find(({ id }) => id === approval);
  if (!panel || !question || !given || given.withdrawnAt !== undefined) {
    throw new WritError('approval_final', 'nobody is asked about it any more, or it was withdrawn before', {
      remediation: 'To end the grant: writ revoke.',
    });
  }
  const approvals = question.approvals.map((other) => (other.id === approval ? { ...other, withdrawnAt: now } : other));
  const standing = standingAfter(panel, { ...question, approvals }, now, answerBy(grant));
  if (!standing) throw new WritError('internal_error', 'an approval less can’t be agreement');
  const type = question.about === 'request' ? 'withdraw' : 'withdrawFromExtension';
  return { type, approval, by, standing };
}
