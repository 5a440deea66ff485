import { constants } from 'node:os';
import type { GrantView } from '../../../contract/schemas.ts';
import { WritApiError, WritConnectionError } from '../../../sdk/errors.ts';
import type { Ask, CompleteAsk } from '../ask.ts';
import { complete } from '../ask.ts';
import { runLent } from '../aws/lend.ts';
import type { Cli } from '../cli.ts';
import { CliFailure, failureOf, failureText, usage } from '../failure.ts';
import { EXIT } from '../exit.ts';
import { latestActive, pickActive, summary, timing } from '../grants.ts';
import type { CommandResult, RunningCommand, StopSignal } from '../host.ts';
import { untilActive } from '../wait.ts';

export interface SudoOptions extends Ask {
  readonly grant?: string | undefined;
  readonly keep: boolean;
  readonly yes: boolean;
}

/**
 * Runs a command with lent authority. A grant made for it is given back when it ends, however it ends; a grant that
 * was there before stays.
 *
 * @returns the command's exit code
 */
export async function sudo(cli: Cli, options: SudoOptions, command: readonly string[]): Promise<number> {
  if (command.length === 0) throw usage('there is no command to run', 'writ sudo ENTITLEMENT … -- COMMAND');
  const existing = await existingGrant(cli, options);
  const stops = new Stops(cli);
  try {
    if (existing) {
      cli.out.note(`writ: using ${existing.id}: ${summary(existing, cli.now())}`);
      const code = codeOf(await runLent(cli, existing, command, stops), command);
      cli.out.note(
        `writ: ${existing.id} stays active, ${timing(existing, cli.now())}. Give it back: writ done ${existing.id}`,
      );
      return code;
    }
    return await withNewGrant(cli, options, await complete(cli, options), command, stops);
  } finally {
    stops.release();
  }
}

/** Something said about a request means a new grant; else the one that is active already. */
async function existingGrant(cli: Cli, options: SudoOptions): Promise<GrantView | undefined> {
  if (options.grant !== undefined) return pickActive(cli, { id: options.grant });
  const saysMore = Object.keys(options.parameters).length > 0 || [options.for, options.reason].some(Boolean);
  if (options.entitlement !== undefined || saysMore) return undefined;
  if ((await latestActive(cli)).items.length > 0) return pickActive(cli, {});
  if (cli.host.interactive) return undefined;
  throw usage(
    'you have no active grant, and the entitlement is missing',
    'writ sudo ENTITLEMENT … -- COMMAND. See: writ entitlements',
  );
}

async function withNewGrant(
  cli: Cli,
  options: SudoOptions,
  { body, entitlement }: CompleteAsk,
  command: readonly string[],
  stops: Stops,
): Promise<number> {
  if (entitlement.kind !== 'aws') throw usage(`${entitlement.id} lends no AWS session`, 'writ request ENTITLEMENT …');
  if (cli.host.interactive && !options.yes && (entitlement.risk === 'high' || entitlement.risk === 'critical')) {
    for (const line of entitlement.consequences) cli.out.note(`  ${line}`);
    const go = await (await cli.host.prompts()).confirm(`${entitlement.title}: ${entitlement.risk} risk. Go on?`);
    if (!go) throw new CliFailure(EXIT.interrupted, 'cancelled', 'cancelled');
  }
  const client = await cli.client();
  stops.take(); // from here on a grant may exist: Ctrl-C must not leave it behind
  const made = await client.createGrant(body).catch((error: unknown) => {
    if (error instanceof WritConnectionError)
      cli.out.note('writ: whether a grant was made is not known: writ requests');
    throw error;
  });
  let code: number;
  try {
    const grant = await untilActive(cli, made, { stop: stops.signal, untilStart: true });
    cli.out.note(`writ: lent ${grant.id}: ${summary(grant, cli.now())}`);
    code = codeOf(await runLent(cli, grant, command, stops), command);
  } catch (error) {
    await settle(cli, made, options.keep);
    // Nobody would be there to run the command later: unlike with `writ request`, the request does not stay.
    if (stops.stopped()) throw new CliFailure(EXIT.interrupted, 'cancelled', 'stopped before the command was run');
    throw error;
  }
  const settled = await settle(cli, made, options.keep);
  // The command's own failure says more than ours; but a script must learn that authority is still out.
  return settled || code !== 0 ? code : EXIT.wrapper;
}

/** Gives the grant back; when that fails, says so loudly, with the command that repeats it. */
async function settle(cli: Cli, { id }: GrantView, keep: boolean): Promise<boolean> {
  if (keep) {
    cli.out.note(`writ: kept ${id}. Give it back: writ done ${id}`);
    return true;
  }
  const client = await cli.client();
  try {
    const { status } = await client.giveBack(id).catch(async (error: unknown) => {
      // It never became active: withdraw the request.
      if (error instanceof WritApiError && error.code === 'grant_not_active') return client.cancel(id);
      throw error;
    });
    cli.out.note(status === 'cancelled' ? `writ: withdrew the request ${id}` : `writ: gave ${id} back`);
    return true;
  } catch (error) {
    if (error instanceof WritApiError && error.code === 'grant_ended') {
      cli.out.note(`writ: ${id} was over already`);
      return true;
    }
    cli.host.stderr.write(failureText(failureOf(error)));
    cli.out.note(`writ: WARNING: ${id} WAS NOT GIVEN BACK and is still active. Give it back now: writ done ${id}`);
    return false;
  }
}

function codeOf(result: CommandResult, command: readonly string[]): number {
  switch (result.kind) {
    case 'exited':
      return result.code;
    case 'signalled':
      return 128 + constants.signals[result.signal];
    case 'not_started': {
      const missing = result.reason === 'missing';
      const detail = `can't run ${command[0] ?? ''}: ${missing ? 'there is no such command' : result.message}`;
      throw new CliFailure(missing ? EXIT.commandNotFound : EXIT.notExecutable, 'cannot_run', detail);
    }
  }
}

/** Stop signals while authority is out: kept from ending Writ, passed on to the command. */
class Stops {
  readonly #cli: Cli;
  readonly #received: StopSignal[] = [];
  readonly #stop = new AbortController();
  #running: RunningCommand | undefined;
  #release: (() => void) | undefined;

  constructor(cli: Cli) {
    this.#cli = cli;
  }

  take(): void {
    this.#release ??= this.#cli.host.onStop((signal) => {
      this.#received.push(signal);
      this.#stop.abort();
      // Ctrl-C and Ctrl-\ reach the command from the terminal itself.
      const fromTerminal = this.#cli.host.hasTerminal && (signal === 'SIGINT' || signal === 'SIGQUIT');
      if (!fromTerminal) this.#running?.signal(signal);
    });
  }

  readonly attach = (running: RunningCommand): void => {
    this.take();
    this.#running = running;
  };

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  readonly stopped = (): boolean => this.#received.length > 0;

  release(): void {
    this.#release?.();
  }
}
