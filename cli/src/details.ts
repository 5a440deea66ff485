import type { BriefView, GrantView } from '../../contract/schemas.ts';
import { formatDuration } from './duration.ts';
import { detailText, lendsTokens, lineageText, usesText } from './delegation.ts';
import { clockTime, timing } from './grants.ts';
import { approvalText, fullName, namesText, stageText } from './question.ts';
import { facts, jsonText, parametersText, printable } from './text.ts';

/** One grant in full and, for whoever is to decide, what they need to know. */

type Fact = readonly [name: string, value: string | undefined];

export const who = ({ domain, subject }: GrantView['requester']): string => `${domain}/${subject}`;

/** The policy comes first: it is long, and what is read before a decision must not scroll away. */
export function detailsText(grant: GrantView, now: number, brief?: BriefView): string {
  const more = brief ? briefFacts(brief) : [];
  return policyText(brief) + facts([...outline(grant, now), ...more, ...questionFacts(grant, brief), ...record(grant)]);
}

function outline(grant: GrantView, now: number): Fact[] {
  return [
    ['grant', grant.id],
    ['status', `${grant.status}, ${timing(grant, now)}`],
    ['entitlement', grant.entitlement],
    ['parameters', parametersText(grant.parameters) || undefined],
    ['requester', who(grant.requester)],
    ['acts for', grant.subject],
    ['lent on from', grant.parent],
    ['holders above', lineageText(grant)],
    ['asked for', `${formatDuration(grant.durationSeconds)}, at ${clockTime(grant.requestedAt)}`],
    ['to start', grant.startsAt === grant.requestedAt ? undefined : clockTime(grant.startsAt)],
    ['purpose', grant.purpose],
    ['reason', grant.justification === grant.purpose ? undefined : grant.justification],
  ];
}

function briefFacts({ grant, consequences, blastRadius, pastUse, ticket }: BriefView): Fact[] {
  const { accounts, regions, dataClass, risk } = blastRadius;
  const places = [accounts.join(', '), regions.join(', ')].filter(Boolean).join(' in ');
  return [
    ...several('consequences', consequences),
    ['risk', risk],
    ['data', dataClass],
    ['accounts', places || undefined],
    ['past use', pastUseText(pastUse)],
    ['ticket', ticket ? ticketText(ticket) : grant.ticket],
  ];
}

function pastUseText({ granted, refused, takenBack, lastAt, lookedAt }: BriefView['pastUse']): string {
  const last = lastAt === undefined ? '' : `, last asked for at ${clockTime(lastAt)}`;
  return `granted ${granted}, refused ${refused}, taken back ${takenBack} (of this, among ${lookedAt} latest requests)${last}`;
}

const TICKET_WORDS: Readonly<Record<NonNullable<BriefView['ticket']>['state'], string>> = {
  open: 'open',
  closed: 'CLOSED',
  unknown: 'the ticket system does not know it',
  unavailable: 'the ticket system does not answer',
  not_connected: 'not checked: no ticket system is connected',
};

const ticketText = ({ id, state, title, url }: NonNullable<BriefView['ticket']>): string =>
  [`${id}: ${TICKET_WORDS[state]}`, title, url].filter(Boolean).join(', ');

/** What is asked now, of whom, and what was said. */
function questionFacts(grant: GrantView, brief: BriefView | undefined): Fact[] {
  const { question } = grant;
  const extension = grant.extensions.find(({ status }) => status === 'pending');
  const more = extension && `${formatDuration(extension.durationSeconds)} more: ${extension.justification}`;
  return [
    ['decision', grant.decision.outcome],
    ...several('reasons', grant.decision.reasons),
    ['policies', grant.decision.policies.map(({ id, effect }) => `${id} (${effect})`).join(', ') || undefined],
    ['extension', more],
    ['asked now', question && stageText(question)],
    ['of', question && namesText(question.approvers, fullName)],
    ['then', question && (question.then.join(', ') || undefined)],
    ...several('said', [...grant.approvals, ...(extension?.approvals ?? [])].map(approvalText)),
    ['silence', brief?.ifNobodyAnswers],
  ];
}

function record(grant: GrantView): Fact[] {
  const { breakGlass } = grant;
  return [
    ['ticket', grant.question ? undefined : grant.ticket],
    ['active', grant.activatedAt && clockTime(grant.activatedAt)],
    ['expires', grant.expiresAt && clockTime(grant.expiresAt)],
    ['ended', grant.endedAt && `${clockTime(grant.endedAt)}${grant.endReason ? ` (${grant.endReason})` : ''}`],
    ['ended by', grant.endedBy && who(grant.endedBy)],
    ['note', grant.endNote],
    ['enforcement', enforcementText(grant)],
    ['break-glass', breakGlass && reviewText(breakGlass)],
    ...grant.extensions
      .filter(({ status }) => status !== 'pending')
      .map((one): Fact => ['extension', `${formatDuration(one.durationSeconds)}: ${one.status}, ${one.justification}`]),
    ...grant.scope.flatMap(({ actions, resources, leadingKeys }): Fact[] => [
      ['actions', actions.join(' ')],
      ['  on', resources.join(' ')],
      ['  items of', leadingKeys?.join(' ')],
    ]),
    ...(grant.authorizationDetails ?? []).map((detail): Fact => ['details', detailText(detail)]),
    [lendsTokens(grant) ? 'tokens' : 'sessions', `${grant.credentials.issued} issued`],
    ['uses', usesText(grant.uses)],
    ['request hash', grant.question?.requestSha256 ?? grant.requestSha256],
  ];
}

function reviewText({ reviewed, verdict, by, comment }: NonNullable<GrantView['breakGlass']>): string {
  if (!reviewed) return 'not reviewed yet';
  return `reviewed: ${verdict ?? ''}${by ? ` by ${who(by)}` : ''}${comment === undefined ? '' : `: ${comment}`}`;
}

const several = (name: string, lines: readonly string[]): Fact[] =>
  lines.map((line, index) => [index === 0 ? name : '', line]);

/** A list of strings, which reads better on one line. */
const SHORT_LIST = /\[\n(?:\s+"[^\n]*",?\n)+\s*\]/g;

/** The exact session policy, readable; one that is not JSON is shown as it is. */
function policyText(brief: BriefView | undefined): string {
  const policy = brief?.sessionPolicy;
  if (policy === undefined) return '';
  let lines = printable(policy);
  try {
    lines = jsonText(JSON.parse(policy)).replace(SHORT_LIST, (list) => list.replace(/\s*\n\s*/g, ' '));
  } catch {
    // shown as it is
  }
  return `session policy, were it issued now:\n${lines.replace(/^/gm, '  ')}\n`;
}

/** How far the grant's live sessions are dead, in words. */
export function enforcementText({ enforcement }: GrantView): string | undefined {
  if (!enforcement) return undefined;
  if (enforcement.sessions === 0) return 'no session was lent';
  const sessions = `${enforcement.sessions} session${enforcement.sessions === 1 ? '' : 's'}`;
  if (enforcement.state === 'enforced') return `${sessions}: denied, proved by a probe`;
  if (enforcement.appliedAt === undefined) return `${sessions}: the deny is on its way to IAM`;
  return `${sessions}: the deny is in IAM since ${clockTime(enforcement.appliedAt)}`;
}
