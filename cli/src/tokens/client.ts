import * as z from 'zod';
import type { DpopKey } from '../../../sdk/oauth/dpopKey.ts';
import type { TokenClient } from '../../../sdk/oauth/tokenClient.ts';
import type { Cli } from '../cli.ts';
import type { Host } from '../host.ts';
import type { Profile } from '../store/config.ts';
import { configDirectory, profileFile } from '../store/directory.ts';
import { withLock } from '../store/lock.ts';
import { readSecret, writeSecret } from '../store/sealed-file.ts';

/** The command line, as the deployment has it registered: it proves nothing but its key. */
const CLIENT_ID = 'writ-cli';

/** The authorization server, for this command line. Its tokens are bound to a key that stays on this machine. */
export async function tokenClientOf(cli: Cli): Promise<TokenClient> {
  const profile = await cli.profile();
  const { publicUrl } = await cli.configuration();
  const { TokenClient: Client } = await import('../../../sdk/oauth/tokenClient.ts');
  return new Client({
    issuer: publicUrl,
    // Where the sign-in goes, and nowhere else, whatever the deployment calls itself.
    url: profile.api,
    clientId: CLIENT_ID,
    authentication: 'none',
    dpop: await keptKey(cli.host, profile),
    fetch: cli.host.fetch,
    // Proofs are compared with the API's clock.
    clock: () => cli.now(),
    sleep: cli.host.sleep,
  });
}

const keySchema = z.strictObject({
  api: z.string(),
  key: z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string(), d: z.string() }),
});

/** The profile's key, made when there is none. It is kept as the sign-in is: sealed by the keychain, or in a 0600 file. */
async function keptKey(host: Host, profile: Profile): Promise<DpopKey> {
  const { dpopKeyFrom, exportDpopKey, generateDpopKey } = await import('../../../sdk/oauth/dpopKey.ts');
  const path = profileFile(configDirectory(host), 'keys', profile);
  const read = async (): Promise<DpopKey | undefined> => {
    const kept = keySchema.safeParse(await readSecret(host, path));
    return kept.success && kept.data.api === profile.api ? dpopKeyFrom(kept.data.key) : undefined;
  };
  return (
    (await read()) ??
    withLock(host, path, async () => {
      const other = await read(); // another process may have made it meanwhile
      if (other) return other;
      const made = await generateDpopKey({ extractable: true });
      await writeSecret(host, path, { api: profile.api, key: await exportDpopKey(made) });
      return made;
    })
  );
}
