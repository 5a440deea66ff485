import type { PolicyBundle } from '../bundle.ts';
import type { Grant } from '../grant.ts';
import { kindOf } from './kinds.ts';
import type { News } from './news.ts';
import { isGlassBroken, nameOf } from './news.ts';
import { durationText, plain, quoted, timeText } from './text.ts';

/** What all messages say, whatever carries them. */

/** One line: who, what happened, to what. */
export function headline(bundle: PolicyBundle, news: News): string {
  const { grant, entitlement, occurrence } = news;
  const kind = kindOf(occurrence.type);
  const says = isGlassBroken(news) ? 'BROKE GLASS with' : (kind?.says ?? occurrence.type);
  if (!grant || kind?.alone === true) return says;
  const who = nameOf(bundle, grant.request.requester.id);
  const what = entitlement ? `${entitlement.title} (${entitlement.id})` : grant.request.entitlement;
  return `${plain(who, 60)} ${says} ${plain(what, 120)}`;
}

/** A label and what stands behind it. */
export type Fact = readonly [label: string, text: string];

/** What somebody should know before they decide, or of what happened. Words of people are in quotes. */
export function factsOf(bundle: PolicyBundle, { grant, entitlement, asking }: News): readonly Fact[] {
  if (!grant) return [];
  const { request } = grant;
  const parameters = Object.entries(request.parameters).map(([name, value]) => `${name} = ${plain(value, 60)}`);
  const people = [...new Set(asking?.approvers.map(({ name }) => plain(name, 60)))];
  return [
    ['Grant', grant.id],
    ...(entitlement ? [['Risk', `${entitlement.risk}; data: ${entitlement.dataClass}`] as const] : []),
    ...(parameters.length > 0 ? [['Parameters', parameters.join(', ')] as const] : []),
    ...(request.subject === undefined ? [] : [['Acts for', plain(nameOf(bundle, request.subject), 100)] as const]),
    ['Duration', durationText(askedSeconds(grant, asking))],
    ['Purpose', quoted(request.purpose, 200)],
    ['Reason given', quoted(reasonOf(grant, asking), 500)],
    ...(request.ticket === undefined ? [] : [['Ticket', plain(request.ticket, 64)] as const]),
    ...standing(grant),
    ...(asking
      ? ([
          ['Can decide', people.length > 0 ? people.join(', ') : 'nobody at present'],
          ['Until', `${timeText(asking.lapsesAt)}; if nobody answers, ${silence(asking)}`],
        ] as const)
      : []),
  ];
}

const askedSeconds = (grant: Grant, asking: News['asking']): number =>
  (asking?.about === 'extension' ? grant.extensions.at(-1) : grant.request)?.durationSeconds ?? 0;

const reasonOf = (grant: Grant, asking: News['asking']): string =>
  (asking?.about === 'extension' ? grant.extensions.at(-1) : grant.request)?.justification ?? '';

const silence = ({ about }: NonNullable<News['asking']>): string =>
  about === 'request' ? 'nothing is lent' : 'it ends as planned';

function standing({ state, approvals }: Grant): readonly Fact[] {
  const denial = state.status === 'denied' ? approvals.findLast(({ verdict }) => verdict === 'deny') : undefined;
  return [
    ...('startsAt' in state ? [['Begins', timeText(state.startsAt)] as const] : []),
    ...(state.status === 'active' ? [['Ends', timeText(state.expiresAt)] as const] : []),
    ...('endedAt' in state ? [['Ended', timeText(state.endedAt)] as const] : []),
    ...('endReason' in state ? [['Because', state.endReason.replaceAll('_', ' ')] as const] : []),
    ...('endNote' in state ? [['Note', quoted(state.endNote)] as const] : []),
    ...(denial ? [['They said', quoted(denial.comment)] as const] : []),
  ];
}

/** What one can do about it. */
export function commandsOf({ grant, asking, occurrence }: News): readonly Fact[] {
  if (!grant) return [];
  const review = occurrence.type === 'breakglass.alarmed' ? [['Review', `writ review ${grant.id}`] as const] : [];
  return [
    ['Look', `writ requests ${grant.id}`],
    ...(asking
      ? ([
          ['Approve', `writ approve ${grant.id}`],
          ['Deny', `writ deny ${grant.id}`],
        ] as const)
      : []),
    ...review,
  ];
}
