import type { PolicyBundle } from '../bundle.ts';
import type { Channel } from '../channel.ts';
import { membersOf } from '../chain.ts';
import type { PrincipalId } from '../principal.ts';
import type { Concerned } from './kinds.ts';
import { kindOf } from './kinds.ts';
import type { News } from './news.ts';
import { isGlassBroken } from './news.ts';

/** The directory's group that hears of break-glass and of repeated denials. */
export const SECURITY_GROUP = 'security-admins';

type Listed = Pick<PolicyBundle, 'directory' | 'channels'>;

/** Who gets a mail: only people of the directory that have an address there. */
export function mailRecipients({ directory }: Listed, news: News): readonly PrincipalId[] {
  const kind = kindOf(news.occurrence.type);
  if (!kind?.holds(news)) return [];
  const ids = new Set(kind.concerns.flatMap((concerned) => CONCERNED[concerned](news, directory)));
  return directory.people.filter(({ id, email }) => email !== undefined && ids.has(id)).map(({ id }) => id);
}

const CONCERNED: Readonly<Record<Concerned, (news: News, directory: Listed['directory']) => readonly PrincipalId[]>> = {
  approvers: ({ asking }) => asking?.approvers.map(({ id }) => id) ?? [],
  requester({ grant, occurrence }) {
    if (!grant) return [];
    const { id } = grant.request.requester;
    // What one did oneself, or was told in the answer to one’s own call, is no news.
    const endedIt = 'endedBy' in grant.state && grant.state.endedBy.id === id;
    const asked = [grant.requestedAt, ...grant.extensions.map(({ requestedAt }) => requestedAt)];
    return endedIt || asked.includes(occurrence.at) ? [] : [id];
  },
  subject({ grant }) {
    const subject = grant?.request.subject;
    return subject !== undefined && grant !== undefined && 'activatedAt' in grant.state ? [subject] : [];
  },
  security(news, directory) {
    // Of grants that begin, only those that nobody could stop.
    if (news.occurrence.type === 'grant.activated' && !isGlassBroken(news)) return [];
    return membersOf(directory, SECURITY_GROUP).map(({ id }) => id);
  },
};

/**
 * The channels that are set up for this type and project. When glass was broken, every channel hears of it, whatever its
 * projects and types: on purpose, so that no filter keeps it from those who would notice a misuse.
 */
export function channelsFor({ channels }: Listed, news: News): readonly Channel[] {
  const { type } = news.occurrence;
  if (kindOf(type)?.holds(news) !== true) return [];
  if (isGlassBroken(news)) return channels;
  return channels.filter(
    ({ events, projects }) =>
      (events.includes('*') || events.includes(`${type}.v1`)) &&
      (projects === undefined || (news.entitlement !== undefined && projects.includes(news.entitlement.project))),
  );
}
