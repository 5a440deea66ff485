import type { Approval, Question } from '../approval.ts';
import type { ConsentStore } from '../approvalPorts.ts';
import type { Consent } from '../consent.ts';
import type { ErrorCode } from '../errors.ts';
import { WritError } from '../errors.ts';
import { pendingExtension } from '../extension.ts';
import type { Grant } from '../grant.ts';
import type { Leaf } from '../leaf.ts';
import { leafOf } from '../leafOf.ts';
import type { Principal } from '../principal.ts';
import { refOf } from '../principal.ts';
import type { Panel } from '../tally.ts';
import { personOf } from '../tally.ts';
import type { AfterVote, GrantEvent } from '../transitions.ts';
import { ended } from '../transitions.ts';
import { isTerminal } from '../grant.ts';
import { asks, checkVoter } from './checkVoter.ts';
import { consentSha256 } from './consentHash.ts';
import type { Answer, Caller, Deps, Idempotency } from './deps.ts';
import { loadSettled, notFound } from './loadGrant.ts';
import type { Respond, Step } from './moveGrant.ts';
import { moveGrant } from './moveGrant.ts';
import {
  answerBy,
  beginningOf,
  entitlementOf,
  extensionLimit,
  openQuestion,
  panelFor,
  standingAfter,
} from './panel.ts';
import { mayRead } from './readGrants.ts';
import { redecide } from './redecide.ts';

/** One person's word on an open question. The comment is text for people; `requestSha256` is what they looked at. */
export interface Vote {
  readonly verdict: 'approve' | 'deny';
  readonly comment: string;
  readonly requestSha256: string;
  readonly via: Exclude<Approval['via'], 'remembered'>;
  /** A subject's consent to the same again, for so many seconds. */
  readonly rememberSeconds?: number;
}

export interface DecideDeps extends Deps {
  readonly consents: ConsentStore;
}

/**
 * Records one person's decision on what a grant asks, and lets it take effect: the next stage, activation, the
 * extension, or the denial. Every approval is counted again under the bundle in force; a refused try is a leaf too.
 *
 * @throws WritError `not_found`, `grant_ended`, `grant_not_pending`, `own_request`, `not_an_approver`,
 * `request_changed` (something else is asked now than what the caller saw), `already_decided`, `version_conflict`,
 * `idempotency_key_reused`
 */
export async function decideGrant(
  deps: DecideDeps,
  caller: Caller,
  grantId: string,
  vote: Vote,
  idempotency: Idempotency | undefined,
  respond: Respond,
): Promise<Answer> {
  const found = await loadSettled(deps, grantId);
  if (!found) throw notFound();
  try {
    // Under another bundle something else is asked: that is settled first, and the caller looks again.
    if (mayRead(deps, caller, found) || isAsked(deps, caller, found)) await redecide(deps, found);
    return await moveGrant(deps, grantId, idempotency, (grant, now) => stepOf(deps, caller, grant, vote, now), respond);
  } catch (error) {
    if (error instanceof WritError) await recordRefusal(deps, caller, grantId, vote, error.code);
    throw error;
  }
}

function stepOf(deps: DecideDeps, caller: Caller, grant: Grant, vote: Vote, now: number): Step {
  const { bundle } = deps.engine;
  const panel = panelFor(bundle, grant);
  const question = openQuestion(grant);
  if (!panel || !question) {
    if (!mayRead(deps, caller, grant)) throw notFound();
    throw isTerminal(grant.state.status) ? ended(grant) : notPending(grant);
  }
  checkVoter(deps, caller, grant, panel, question, vote.via, now);
  if (vote.requestSha256 !== question.requestSha256 || question.bundleSha256 !== bundle.sha256) {
    throw new WritError('request_changed', 'this is not what is asked now: the request or the policies changed', {
      remediation: 'Look at it again, then decide: writ approve shows it.',
      members: { requestSha256: question.requestSha256 },
    });
  }
  const { directory } = panel;
  const person = personOf(directory, caller.principal);
  if (question.approvals.some((given) => personOf(directory, given.by) === person && isStanding(given, question))) {
    throw new WritError('already_decided', 'you have decided this already', {
      remediation: 'Withdraw your approval first, if you changed your mind.',
    });
  }
  const said = approvalOf(deps, caller.principal, question, vote, now);
  const consent = rememberedBy(deps, grant, panel, question, said, vote);
  const approval: Approval = consent ? { ...said, consent: consent.id } : said;
  const facts = {
    approval: approval.id,
    verdict: vote.verdict,
    stage: approval.stage,
    via: vote.via,
    ...(consent && { consent: consent.id, consentSha256: consentSha256(deps, consent) }),
  };
  const companions = consent && {
    companions: [{ type: 'consent', consent } as const, { type: 'consentUse', consent, grantId: grant.id } as const],
  };
  return { event: eventOf(deps, grant, panel, question, approval, now), facts, ...companions };
}

function isAsked(deps: Deps, { principal }: Caller, grant: Grant): boolean {
  const panel = panelFor(deps.engine.bundle, grant);
  const question = openQuestion(grant);
  return panel !== undefined && question !== undefined && asks(panel, question, principal, deps.clock());
}

const isStanding = (given: Approval, question: Question): boolean =>
  given.withdrawnAt === undefined &&
  given.requestSha256 === question.requestSha256 &&
  given.bundleSha256 === question.bundleSha256;

function approvalOf(deps: Deps, principal: Principal, question: Question, vote: Vote, now: number): Approval {
  return {
    id: deps.ids.approval(),
    by: refOf(principal),
    verdict: vote.verdict,
    comment: vote.comment,
    stage: question.stage,
    stageSince: question.stageSince,
    at: now,
    requestSha256: question.requestSha256,
    bundleSha256: question.bundleSha256,
    via: vote.via,
  };
}

function eventOf(
  deps: Deps,
  grant: Grant,
  panel: Panel,
  question: ReturnType<typeof openQuestion> & object,
  approval: Approval,
  now: number,
): GrantEvent {
  if (approval.verdict === 'deny') {
    return { type: question.about === 'request' ? 'deny' : 'denyExtension', approval };
  }
  const counted = { ...question, approvals: [...question.approvals, approval] };
  const standing = standingAfter(panel, counted, now, answerBy(grant));
  if (question.about === 'request') return { type: 'approve', approval, after: afterVote(deps, grant, standing, now) };
  return { type: 'approveExtension', approval, after: standing ?? 'allowed', limit: limitOf(deps, grant, now) };
}

function afterVote(deps: Deps, grant: Grant, standing: ReturnType<typeof standingAfter>, now: number): AfterVote {
  if (standing) return { to: 'wait', standing };
  const entitlement = entitlementOf(deps.engine.bundle, grant.request.entitlement);
  const beginning = entitlement && beginningOf(entitlement, grant.request, now);
  if (!beginning) throw new WritError('outside_window', 'the entitlement has no window in which the grant could begin');
  return { to: 'begin', beginning };
}

function limitOf(deps: Deps, { request, state }: Grant, now: number): number {
  const entitlement = entitlementOf(deps.engine.bundle, request.entitlement);
  return entitlement && state.status === 'active' ? extensionLimit(entitlement, state, now) : now;
}

/** A subject's consent to the same again: kept with this very approval. */
function rememberedBy(
  deps: Deps,
  grant: Grant,
  panel: Panel,
  question: ReturnType<typeof openQuestion> & object,
  approval: Approval,
  { rememberSeconds }: Vote,
): Consent | undefined {
  if (rememberSeconds === undefined || approval.verdict === 'deny') return undefined;
  const { subject } = panel.asked;
  if (subject === undefined || approval.by.id !== subject) {
    throw new WritError('invalid_request', 'only the subject of an impersonation can have their consent remembered');
  }
  return {
    id: deps.ids.consent(),
    subject,
    actor: grant.request.requester.id,
    entitlement: grant.request.entitlement,
    purpose: grant.request.purpose,
    operations: grant.scope.flatMap((line) => line.actions),
    durationSeconds: question.about === 'request' ? grant.request.durationSeconds : wholeOf(grant),
    givenAt: approval.at,
    expiresAt: approval.at + rememberSeconds * 1000,
    requestSha256: question.requestSha256,
    grantId: grant.id,
  };
}

/** Seconds of the whole loan, were its extension allowed. */
function wholeOf(grant: Grant): number {
  const { state, request } = grant;
  const more = pendingExtension(grant)?.durationSeconds ?? 0;
  return state.status === 'active'
    ? Math.ceil((state.expiresAt - state.activatedAt) / 1000) + more
    : request.durationSeconds;
}

const notPending = (grant: Grant): WritError =>
  new WritError('grant_not_pending', `nobody is asked any more: the grant is ${grant.state.status}`, {
    members: { status: grant.state.status },
  });

/** A try that changed nothing is told of all the same (I9); whoever may not see the grant leaves their mark too. */
async function recordRefusal(deps: Deps, caller: Caller, grantId: string, vote: Vote, code: ErrorCode): Promise<void> {
  const grant = await deps.store.get(grantId);
  if (!grant) return;
  const facts: Leaf['facts'] = { code, verdict: vote.verdict, via: vote.via };
  const by = refOf(caller.principal);
  const leaf = leafOf(deps, grant, { type: 'approval.refused', role: 'event', at: deps.clock(), by, facts });
  await deps.store.append(leaf);
}
