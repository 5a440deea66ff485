import type { MeView } from '../../../contract/schemas.ts';
import type { Cli } from '../cli.ts';
import { formatDuration } from '../duration.ts';
import { readSession } from '../store/session.ts';
import type { Session } from '../store/session.ts';
import { facts } from '../text.ts';

/** Who the API thinks you are. */
export async function whoami(cli: Cli): Promise<void> {
  const profile = await cli.profile();
  const me = await (await cli.client()).me();
  const session = await readSession(cli.host, profile);
  cli.out.result({ ...me, profile: profile.name, api: profile.api }, () =>
    identityText(cli, me, session, `${profile.name} (${profile.api})`),
  );
}

export function identityText(cli: Cli, me: MeView, session: Session | undefined, profile?: string): string {
  const left = session && (session.expiresAt - cli.host.now()) / 1_000;
  const renewal = session?.refreshToken === undefined ? '' : ', renewed by itself';
  return facts([
    ['you', me.subject === me.person ? me.subject : `${me.subject} (person: ${me.person})`],
    ['domain', me.domain],
    ['groups', me.groups.join(', ') || 'none'],
    ['project', me.project],
    ['second factor', me.authentication.mfa ? 'yes' : 'no'],
    ['sign-in', left === undefined ? undefined : `${formatDuration(left)} left${renewal}`],
    ['profile', profile],
  ]);
}
