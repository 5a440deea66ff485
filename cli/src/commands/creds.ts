import type { GrantView } from '../../../contract/schemas.ts';
import { credentialFile, credentialsOf, fileCache } from '../aws/credentials.ts';
import type { Cli } from '../cli.ts';
import type { Pick } from '../grants.ts';
import { pickActive } from '../grants.ts';
import { withLock } from '../store/lock.ts';

/**
 * The AWS `credential_process` document, and nothing else on stdout.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export async function creds(cli: Cli, pick: Pick): Promise<void> {
  const grant: GrantView = await pickActive(cli, pick);
  const profile = await cli.profile();
  const client = await cli.client();
  // Many may ask at once (`xargs -P`): the first one gets the session, the others wait for it.
  const credentials = await withLock(cli.host, credentialFile(cli.host, profile, grant.id), () =>
    credentialsOf(client, fileCache(cli.host, profile), grant, cli.host.now()),
  );
  cli.host.stdout.write(`${JSON.stringify(credentials)}\n`);
}
