import type { Cli } from '../cli.ts';
import { formatDuration, secondsUntil } from '../duration.ts';
import type { Pick } from '../grants.ts';
import { pickActive } from '../grants.ts';
import { openSecretUrl } from '../handoff.ts';

/** Opens the AWS console as the grant's role. The link is a secret: it is shown only when it can't be opened. */
export async function awsConsole(cli: Cli, options: Pick & { readonly print: boolean }): Promise<void> {
  const grant = await pickActive(cli, options);
  const session = await (await cli.client()).consoleSession(grant.id);
  const left = formatDuration(secondsUntil(session.expiresAt, cli.now()));
  const opened = !options.print && !cli.out.json && (await openSecretUrl(cli.host, session.url));
  cli.out.result(session, () =>
    opened ? `The AWS console opens in your browser, for ${left}.\n` : `${session.url}\n`,
  );
  if (!opened && !cli.out.json) cli.out.note(`Open it yourself, and give it to nobody: it signs in for ${left}.`);
}
