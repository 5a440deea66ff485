import type { GrantView } from '../../../contract/schemas.ts';
import { credentialsOf, fileCache } from '../aws/credentials.ts';
import type { Cli } from '../cli.ts';
import type { Pick } from '../grants.ts';
import { pickActive } from '../grants.ts';

/**
 * The AWS `credential_process` document, and nothing else on stdout.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export async function creds(cli: Cli, pick: Pick): Promise<void> {
  const grant: GrantView = await pickActive(cli, pick);
  const cache = fileCache(cli.host, await cli.profile());
  const credentials = await credentialsOf(await cli.client(), cache, grant, cli.host.now());
  cli.host.stdout.write(`${JSON.stringify(credentials)}\n`);
}
