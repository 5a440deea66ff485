import type { Command } from 'commander';
import { gatherParameter } from '../ask.ts';
import type { Cli, GlobalOptions } from '../cli.ts';
import type { DecideOptions } from '../commands/decide.ts';
import type { Host } from '../host.ts';
import type { RegisterOptions } from './keys.ts';
import type { UseOptions } from './use.ts';

interface Keyed {
  readonly key?: string;
}

/** The commands that work with the identity provider down, and those that prepare for it. */
export function addBreakGlass(
  group: Command,
  host: Host,
  make: { readonly cli: () => Cli; readonly options: () => GlobalOptions },
  finished: (code: number) => void,
): void {
  const { cli } = make;

  group
    .command('register')
    .description('register a hardware key before you need it (after writ login --mfa)')
    .option('--key <name>', 'fingerprint or comment, as ssh-add -l shows them')
    .option('--label <text>', 'what you call it')
    .action(async (options: RegisterOptions) => (await import('./keys.ts')).register(cli(), options));
  group
    .command('keys')
    .description('your registered keys')
    .action(async () => (await import('./keys.ts')).listKeys(cli()));
  group
    .command('remove <key>')
    .description('take a key out of use for good')
    .action(async (id: string) => (await import('./keys.ts')).removeKey(cli(), id));

  using(
    group.command('request <entitlement>').description('break glass: signed by your key, without a sign-in'),
  ).action(async (entitlement: string, options: UseOptions & Keyed) =>
    sealed(options, async (by) => (await import('./use.ts')).request(by, entitlement, options)),
  );
  keyed(group.command('approve <grant>').description("sign a colleague's request as the second person"))
    .option('--comment <text>', 'why (kept as evidence)')
    .option('--yes', 'do not ask again', false)
    .option('--request-sha256 <hash>', 'what you looked at; nothing else is decided (for scripts)')
    .action(async (id: string, options: DecideOptions & Keyed) =>
      sealed(options, async (by) => (await import('../commands/decide.ts')).decide(by, 'approve', id, options)),
    );
  keyed(group.command('creds <grant>').description('AWS credentials as a credential_process document')).action(
    async (id: string, options: Keyed) => sealed(options, async (by) => (await import('./use.ts')).creds(by, id)),
  );
  keyed(group.command('status <grant>').description('how it stands')).action(async (id: string, options: Keyed) =>
    sealed(options, async (by) => (await import('./use.ts')).status(by, id)),
  );
  keyed(group.command('done <grant>').description('give it back')).action(async (id: string, options: Keyed) =>
    sealed(options, async (by) => (await import('./use.ts')).done(by, id)),
  );
  using(
    group.command('drill [entitlement]').description('rehearse it: everything but the grant, of all or of one'),
  ).action(async (entitlement: string | undefined, options: UseOptions & Keyed) =>
    sealed(options, async (by) => {
      finished(await (await import('./drill.ts')).drill(by, entitlement, options));
    }),
  );

  async function sealed({ key }: Keyed, command: (cli: Cli) => Promise<void>): Promise<void> {
    const { aboutKey, SealedCli } = await import('./sealed-cli.ts');
    try {
      await command(new SealedCli(host, make.options(), key));
    } catch (error) {
      throw aboutKey(error);
    }
  }
}

const keyed = (command: Command): Command =>
  command.option('--key <name>', 'fingerprint or comment, where the agent has several');

const using = (command: Command): Command =>
  keyed(command)
    .option('--param <name=value>', "a parameter of the entitlement's; repeatable", gatherParameter, {})
    .option('--for <duration>', 'such as 10m or 90s', '15m')
    .option('--reason <text>', 'why (kept as evidence, and reviewed)')
    .option('--purpose <text>', 'what for, in a few words', 'break-glass')
    .option('--ticket <id>', 'such as INC-42');
