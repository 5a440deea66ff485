import type { Approval, Question } from '../approval.ts';
import { askedAs, asksSubject } from '../chain.ts';
import { WritError } from '../errors.ts';
import type { Grant } from '../grant.ts';
import type { Principal } from '../principal.ts';
import type { Panel } from '../tally.ts';
import { approversOf, isRequester, personOf } from '../tally.ts';
import type { Caller, Deps } from './deps.ts';
import { notFound } from './loadGrant.ts';
import { entitlementOf } from './panel.ts';
import { mayRead } from './readGrants.ts';

/** Whether the question is put to this person now. */
export const asks = (panel: Panel, question: Question, principal: Principal, now: number): boolean =>
  approversOf(panel, question, now).some(({ id }) => id === principal.id);

/**
 * Everything that keeps a person from deciding. Whoever may not even see the grant learns nothing of it.
 *
 * @throws WritError `not_found`, `own_request`, `not_an_approver`
 */
export function checkVoter(
  deps: Deps,
  caller: Caller,
  grant: Grant,
  panel: Panel,
  question: Question,
  via: Exclude<Approval['via'], 'remembered'>,
  now: number,
): void {
  const { principal } = caller;
  const asked = asks(panel, question, principal, now);
  if (!asked && !mayRead(deps, caller, grant)) throw notFound();
  if (isRequester(panel, principal) || (principal.actors ?? []).some((actor) => isRequester(panel, actor))) {
    throw new WritError('own_request', 'nobody decides a request of their own, under any account', {
      remediation: 'Ask one of the approvers: writ requests shows them.',
    });
  }
  if ((principal.actors ?? []).length > 0) {
    throw new WritError('not_an_approver', 'somebody else acts with this token: people decide in person');
  }
  // Two accounts of one person must not look like two people because an issuer maps no person.
  if (asked && personOf(panel.directory, principal) !== principal.person) {
    throw new WritError('not_an_approver', 'your sign-in and the directory disagree about who you are', {
      remediation: 'Ask the security admins: the issuer’s `person` claim and the directory must name the same person.',
    });
  }
  const open = panel.chain.stages[question.stage];
  const how =
    open && askedAs(panel.directory, open, panel.asked, { since: question.stageSince, at: now, id: principal.id });
  if (asked && how?.byName !== true && !how?.groups.some((group) => principal.groups.includes(group))) {
    throw new WritError(
      'not_an_approver',
      `your sign-in is not in ${how?.groups.join(' or ') ?? 'the group'} any more`,
      {
        remediation: 'Sign in again: writ login. If it stays so, ask whoever keeps the groups.',
      },
    );
  }
  const action = isConsent(panel, question, principal) ? 'consent' : 'approve';
  const entitlement = entitlementOf(deps.engine.bundle, grant.request.entitlement);
  const context = { now, sourceIp: caller.sourceIp, via };
  const verdict = deps.engine.decide(principal, action, { type: 'grant', grant, entitlement }, context);
  if (asked && verdict.allowed) return;
  throw new WritError(
    'not_an_approver',
    asked ? (verdict.reasons[0] ?? 'policy does not let you decide') : 'you are not asked to decide this, or not yet',
    { remediation: verdict.remediation ?? 'See who can: writ requests.' },
  );
}

const isConsent = (panel: Panel, { stage }: Question, principal: Principal): boolean => {
  const open = panel.chain.stages[stage];
  return open !== undefined && asksSubject(open) && panel.asked.subject === principal.id;
};
