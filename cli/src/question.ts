import type { GrantView, QuestionView } from '../../contract/schemas.ts';
import { aboutDuration, formatDuration, secondsUntil } from './duration.ts';
import { clockTime } from './grants.ts';

/** What people are asked and what they said, in words. Names are other people's text: made safe where they are shown. */

type Person = QuestionView['approvers'][number];

const NAMES = 5;
const LIVE_NAMES = 2;

/** `Bob Baker <admin:corp:bob>`: a display name alone could be anybody's. */
export const fullName = ({ id, name }: Person): string => (name === id ? id : `${name} <${id}>`);

/** `Bob or Carol`, and how many more there are. */
export function namesText(people: readonly Person[], say: (person: Person) => string, most = NAMES): string {
  if (people.length === 0) return 'nobody now';
  const named = people.slice(0, most).map(say);
  const more = people.length - named.length;
  if (more > 0) return `${named.join(', ')} or ${more} more`;
  const last = named.pop() ?? '';
  return named.length === 0 ? last : `${named.join(', ')} or ${last}`;
}

/** `stage 1 of 2, team lead: 0 of 1 approvals` */
export function stageText({ stage, stageName, have, need, then }: QuestionView): string {
  return `stage ${stage + 1} of ${stage + 1 + then.length}, ${stageName}: ${have} of ${need} approval${need === 1 ? '' : 's'}`;
}

/** What is waited for, the same until something changes. */
export function waitText(grant: GrantView): string {
  const { id, status, question } = grant;
  if (status === 'scheduled') return `${id} is granted, and starts at ${clockTime(grant.startsAt)}`;
  if (!question) return `${id} waits for approval`;
  const what = question.about === 'extension' ? `the extension of ${id}` : id;
  const wider =
    question.escalatesAt === undefined ? '' : `; more people are asked at ${clockTime(question.escalatesAt)}`;
  const who = namesText(question.approvers, fullName);
  return `${what} waits for ${who} (${stageText(question)})${wider}; lapses at ${clockTime(question.lapsesAt)}`;
}

/** The same while it goes on, what matters most first: what does not fit the terminal is cut off. */
export function liveText(grant: GrantView, since: number, now: number): string {
  const parts = [`waiting ${formatDuration((now - since) / 1_000)}`];
  const { question } = grant;
  if (grant.status === 'scheduled') parts.push(`starts in ${aboutDuration(secondsUntil(grant.startsAt, now))}`);
  if (question) {
    const { stage, then, have, need, approvers, escalatesAt, lapsesAt } = question;
    parts.push(`${namesText(approvers, ({ name }) => name, LIVE_NAMES)} can decide`);
    parts.push(`stage ${stage + 1} of ${stage + 1 + then.length}, ${have} of ${need}`);
    parts.push(`lapses in ${aboutDuration(secondsUntil(lapsesAt, now))}`);
    if (escalatesAt !== undefined) parts.push(`more people in ${aboutDuration(secondsUntil(escalatesAt, now))}`);
  }
  return parts.join(' · ');
}

type ApprovalView = GrantView['approvals'][number];

/** `admin/bob approved at …: Looks right.` */
export function approvalText({ by, verdict, at, comment, via, withdrawnAt }: ApprovalView): string {
  const said = verdict === 'approve' ? 'approved' : 'denied';
  const how = via === 'api' ? '' : ` (${via})`;
  const back = withdrawnAt === undefined ? '' : `, withdrawn at ${clockTime(withdrawnAt)}`;
  return `${by.domain}/${by.subject} ${said}${how} at ${clockTime(at)}${back}: ${comment}`;
}
