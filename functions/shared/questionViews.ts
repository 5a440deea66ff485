import type { BriefView, ConsentView, GrantView, QuestionView } from '../../contract/schemas.ts';
import type { Approval } from '../../core/approval.ts';
import type { BreakGlassUse } from '../../core/breakGlass.ts';
import type { PolicyBundle } from '../../core/bundle.ts';
import { hasEscalated } from '../../core/chain.ts';
import type { Consent } from '../../core/consent.ts';
import type { Extension } from '../../core/extension.ts';
import type { Grant } from '../../core/grant.ts';
import { approversOf, countedApprovals } from '../../core/tally.ts';
import type { ApproverBrief } from '../../core/usecases/approverBrief.ts';
import { openQuestion, panelFor } from '../../core/usecases/panel.ts';
import { decisionView, person, time } from './wire.ts';

/** What people are asked and what they said, domain → wire. */

export const approvalView = (approval: Approval): GrantView['approvals'][number] => ({
  id: approval.id,
  by: person(approval.by),
  verdict: approval.verdict,
  comment: approval.comment,
  stage: approval.stage,
  at: time(approval.at),
  via: approval.via,
  ...(approval.consent !== undefined && { consent: approval.consent }),
  ...(approval.withdrawnAt !== undefined && { withdrawnAt: time(approval.withdrawnAt) }),
  requestSha256: approval.requestSha256,
  bundleSha256: approval.bundleSha256,
});

export const extensionView = ({ state, ...extension }: Extension): GrantView['extensions'][number] => ({
  id: extension.id,
  status: state.status,
  durationSeconds: extension.durationSeconds,
  justification: extension.justification,
  requestedAt: time(extension.requestedAt),
  ...(state.status === 'pending' ? { lapsesAt: time(state.lapsesAt) } : { decidedAt: time(state.at) }),
  ...(state.status === 'allowed' && { from: time(state.from), to: time(state.to) }),
  decision: decisionView(extension.decision),
  approvals: extension.approvals.map(approvalView),
  requestSha256: extension.requestSha256,
});

export const breakGlassView = ({ review }: BreakGlassUse): NonNullable<GrantView['breakGlass']> => ({
  reviewed: review !== undefined,
  ...(review && { verdict: review.verdict, comment: review.comment, by: person(review.by), at: time(review.at) }),
});

/** What is asked now, of whom, until when; undefined when nobody is asked. */
export function questionView(bundle: PolicyBundle, grant: Grant, now: number): QuestionView | undefined {
  const question = openQuestion(grant);
  const panel = panelFor(bundle, grant);
  const stage = question && panel?.chain.stages[question.stage];
  if (!question || !panel || !stage) return undefined;
  const { stageSince } = question;
  const escalatesAt = stageSince + (stage.escalate?.afterSeconds ?? 0) * 1000;
  const waits = stage.escalate && !hasEscalated(stage, stageSince, now) && escalatesAt < question.lapsesAt;
  return {
    about: question.about,
    requestSha256: question.requestSha256,
    stage: question.stage,
    stageName: stage.name,
    have: countedApprovals(panel, question)[question.stage]?.length ?? 0,
    need: stage.quorum,
    since: time(stageSince),
    lapsesAt: time(question.lapsesAt),
    ...(waits && { escalatesAt: time(escalatesAt) }),
    approvers: approversOf(panel, question, now).map(({ id, name }) => ({ id, name })),
    then: panel.chain.stages.slice(question.stage + 1).map(({ name }) => name),
  };
}

export function briefView(brief: ApproverBrief, grant: GrantView): BriefView {
  const { entitlement, pastUse, ticket } = brief;
  const { question } = grant;
  const unique = (values: readonly string[]): string[] => [...new Set(values)];
  return {
    grant,
    consequences: [...brief.consequences],
    blastRadius: {
      accounts: brief.account === undefined ? [] : [brief.account],
      regions: brief.region === undefined ? [] : [brief.region],
      resources: unique(grant.scope.flatMap(({ resources }) => resources)),
      audiences: [...brief.audiences],
      actions: unique(grant.scope.flatMap(({ actions }) => actions)),
      ...(entitlement && { dataClass: entitlement.dataClass, risk: entitlement.risk }),
    },
    ...(brief.sessionPolicy !== undefined && { sessionPolicy: brief.sessionPolicy }),
    pastUse: {
      granted: pastUse.granted,
      refused: pastUse.refused,
      takenBack: pastUse.takenBack,
      ...(pastUse.lastAt !== undefined && { lastAt: time(pastUse.lastAt) }),
      lookedAt: pastUse.lookedAt,
    },
    ...(grant.ticket !== undefined && { ticket: ticketView(grant.ticket, ticket) }),
    ...(question && { ifNobodyAnswers: silence(question) }),
  };
}

function ticketView(id: string, found: ApproverBrief['ticket']): NonNullable<BriefView['ticket']> {
  if (found === undefined) return { id, state: 'not_connected' };
  if (found === 'unavailable') return { id, state: 'unavailable' };
  const { state, title, url } = found;
  return { id, state, ...(title !== undefined && { title }), ...(url !== undefined && { url }) };
}

function silence({ about, escalatesAt, lapsesAt }: QuestionView): string {
  const wider = escalatesAt === undefined ? '' : `From ${escalatesAt} on more people may decide. `;
  const end =
    about === 'request'
      ? 'the request lapses and nothing is lent'
      : 'the extension lapses and the grant ends as planned';
  return `${wider}If nobody has answered by ${lapsesAt}, ${end}.`;
}

export const consentView = (consent: Consent, sha256: string): ConsentView => ({
  id: consent.id,
  subject: consent.subject,
  actor: consent.actor,
  entitlement: consent.entitlement,
  purpose: consent.purpose,
  operations: [...consent.operations],
  durationSeconds: consent.durationSeconds,
  givenAt: time(consent.givenAt),
  expiresAt: time(consent.expiresAt),
  ...(consent.withdrawnAt !== undefined && { withdrawnAt: time(consent.withdrawnAt) }),
  requestSha256: consent.requestSha256,
  grantId: consent.grantId,
  sha256,
});
