import * as z from 'zod';
import type { Host } from '../host.ts';
import { configDirectory, profileFile } from './directory.ts';
import type { Profile } from './config.ts';
import { removePrivate } from './private-file.ts';
import { readSecret, writeSecret } from './sealed-file.ts';

const sessionSchema = z.strictObject({
  api: z.string(),
  domain: z.string(),
  issuer: z.string(),
  /** Absent after `writ login --user`: there is nothing to refresh with. */
  clientId: z.string().optional(),
  accessToken: z.string(),
  refreshToken: z.string().optional(),
  /** Epoch milliseconds. */
  expiresAt: z.number(),
  /** How to sign in again, for messages. */
  again: z.string(),
});

/** A sign-in. Secret. */
export type Session = z.infer<typeof sessionSchema>;

export const sessionFile = (host: Host, profile: Profile): string =>
  profileFile(configDirectory(host), 'sessions', profile);

export async function readSession(host: Host, profile: Profile): Promise<Session | undefined> {
  const session = sessionSchema.safeParse(await readSecret(host, sessionFile(host, profile)));
  return session.success && session.data.api === profile.api ? session.data : undefined;
}

export async function writeSession(host: Host, profile: Profile, session: Session): Promise<void> {
  await writeSecret(host, sessionFile(host, profile), { ...session });
}

export async function removeSession(host: Host, profile: Profile): Promise<void> {
  await removePrivate(sessionFile(host, profile));
}
