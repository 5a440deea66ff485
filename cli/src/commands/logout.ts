import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Cli } from '../cli.ts';
import { failureOf } from '../failure.ts';
import type { Host } from '../host.ts';
import type { Profile } from '../store/config.ts';
import { configDirectory, profileFile } from '../store/directory.ts';
import { removePrivate } from '../store/private-file.ts';
import { readSession, removeSession } from '../store/session.ts';

/** Forgets the sign-in and the AWS sessions kept under it, then ends the refresh token at the issuer. */
export async function logout(cli: Cli): Promise<void> {
  const profile = await cli.profile();
  const session = await readSession(cli.host, profile);
  await removeSession(cli.host, profile);
  await dropCredentials(cli.host, profile);
  if (session?.refreshToken !== undefined) {
    const { revoke } = await import('../signin/oidc.ts');
    await revoke(session).catch((error: unknown) => {
      cli.out.note(`The issuer was not told (${failureOf(error).detail}); the refresh token ends by itself.`);
    });
  }
  cli.out.result({ signedOut: session !== undefined }, () =>
    session ? `Signed out of ${profile.api}.\n` : 'You were not signed in.\n',
  );
}

async function dropCredentials(host: Host, profile: Profile): Promise<void> {
  const example = profileFile(configDirectory(host), 'credentials', profile, 'x');
  const prefix = basename(example, 'x.json');
  for (const name of await namesIn(dirname(example))) {
    if (name.startsWith(prefix) && name.endsWith('.json')) await removePrivate(join(dirname(example), name));
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
