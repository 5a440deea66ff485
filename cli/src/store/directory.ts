import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Host } from '../host.ts';
import type { Profile } from './config.ts';

/** Where the command line keeps its files: `WRIT_CONFIG_HOME`, else `writ` in the XDG configuration directory. */
export function configDirectory({ env, homeDirectory }: Pick<Host, 'env' | 'homeDirectory'>): string {
  if (env['WRIT_CONFIG_HOME']) return env['WRIT_CONFIG_HOME'];
  return join(env['XDG_CONFIG_HOME'] || join(homeDirectory, '.config'), 'writ');
}

/**
 * A file that belongs to one profile *and* the API it points to: a token never goes to another address than the one it
 * was asked for, whatever `--api` or `WRIT_API` say later.
 */
export function profileFile(
  directory: string,
  kind: 'sessions' | 'credentials' | 'keys' | 'breakglass',
  profile: Profile,
  more = '',
): string {
  const address = createHash('sha256').update(profile.api).digest('hex').slice(0, 16);
  return join(directory, kind, `${profile.name}-${address}${more && `-${more}`}.json`);
}
