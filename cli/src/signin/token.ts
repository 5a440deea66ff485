import { signedOut } from '../failure.ts';
import type { Host } from '../host.ts';
import type { Profile } from '../store/config.ts';
import { withLock } from '../store/lock.ts';
import type { Session } from '../store/session.ts';
import { readSession, sessionFile, writeSession } from '../store/session.ts';

/** A token this close to its end may be refused on arrival. */
const EARLY_MS = 30_000;

/**
 * The access token of the profile's sign-in, refreshed when it is about to expire.
 *
 * @throws CliFailure `signed_out`
 */
export async function accessToken(host: Host, profile: Profile): Promise<string> {
  const session = await existing(host, profile);
  if (isFresh(session, host.now())) return session.accessToken;
  return withLock(host, sessionFile(host, profile), async () => {
    const current = await existing(host, profile); // another process may have refreshed it meanwhile
    if (isFresh(current, host.now())) return current.accessToken;
    if (current.refreshToken === undefined || current.clientId === undefined) {
      throw signedOut('your sign-in has expired', current.again);
    }
    const { refresh } = await import('./oidc.ts');
    const refreshed = await refresh(current, current.clientId, current.refreshToken, host.now());
    await writeSession(host, profile, refreshed);
    return refreshed.accessToken;
  });
}

const isFresh = (session: Session, now: number): boolean => session.expiresAt - EARLY_MS > now;

async function existing(host: Host, profile: Profile): Promise<Session> {
  const session = await readSession(host, profile);
  if (!session) throw signedOut(`you are not signed in to ${profile.api} (profile ${profile.name})`);
  return session;
}
