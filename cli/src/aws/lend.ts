import type { GrantView } from '../../../contract/schemas.ts';
import type { Cli } from '../cli.ts';
import { CliFailure, usage } from '../failure.ts';
import { EXIT } from '../exit.ts';
import type { CommandResult, RunningCommand } from '../host.ts';
import { coversGrant, credentialsOf, memoryCache } from './credentials.ts';
import { serveCredentials } from './endpoint.ts';
import { lentEnvironment } from './environment.ts';

/**
 * Runs a command with a session of the grant. When one session lasts as long as the grant, it is put into the
 * environment, which every tool understands. Else the command gets the endpoint that renews.
 */
export async function runLent(
  cli: Cli,
  grant: GrantView,
  command: readonly string[],
  stops: { readonly stopped: () => boolean; readonly attach: (running: RunningCommand) => void },
): Promise<CommandResult> {
  const client = await cli.client();
  const [{ region }, { awsEndpointUrl: endpointUrl }] = await Promise.all([
    cli.entitlement(grant.entitlement),
    cli.configuration(),
  ]);
  if (region === undefined) throw usage(`${grant.entitlement} lends no AWS session`, 'See: writ entitlements');
  const cache = memoryCache();
  const current = () => credentialsOf(client, cache, grant, cli.host.now());
  const first = await current(); // also proves, before the command starts, that there is something to run it with
  const run = async (environment: Record<string, string>) => {
    if (stops.stopped()) throw new CliFailure(EXIT.interrupted, 'cancelled', 'stopped before the command was run');
    const running = cli.host.run(command, environment);
    stops.attach(running);
    return running.ended;
  };
  const target = { region, endpointUrl };
  if (coversGrant(first, grant.expiresAt)) {
    return run(lentEnvironment(cli.host.env, target, { kind: 'fixed', credentials: first }));
  }
  const endpoint = await serveCredentials(cli.host.randomBytes(32).toString('base64url'), current);
  try {
    return await run(lentEnvironment(cli.host.env, target, { kind: 'renewed', ...endpoint }));
  } finally {
    endpoint.close();
  }
}
