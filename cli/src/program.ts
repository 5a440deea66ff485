import { Command, Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import type { Ask } from './ask.ts';
import { gatherParameter } from './ask.ts';
import { addBreakGlass } from './breakglass/program.ts';
import type { AuditOptions } from './commands/audit.ts';
import type { ExtendOptions, NarrowOptions, ReviewOptions } from './commands/change.ts';
import type { PageOptions } from './commands/consents.ts';
import type { DecideOptions } from './commands/decide.ts';
import type { LendOptions } from './commands/lend.ts';
import type { LoginOptions } from './commands/login.ts';
import type { RequestOptions } from './commands/request.ts';
import type { RequestsOptions } from './commands/requests.ts';
import type { SudoOptions } from './commands/sudo.ts';
import type { TokenOptions } from './commands/token.ts';
import { Cli } from './cli.ts';
import type { GlobalOptions } from './cli.ts';
import { usage } from './failure.ts';
import type { Host } from './host.ts';

/**
 * The command table. Each command's code is imported when it is run.
 *
 * @param finished is told the exit code of a command that has one of its own
 */
export function buildProgram(
  host: Host,
  wrapped: readonly string[] | undefined,
  finished: (code: number) => void,
): Command {
  const program = new Command('writ')
    .description('Temporary, narrow, provable authority on AWS.')
    .version(packageJson.version)
    .option('--json', 'print results as JSON', false)
    .option('--profile <name>', 'deployment to talk to (WRIT_PROFILE; writ profile list)')
    .option('--api <url>', 'address of the API (WRIT_API)')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        host.stdout.write(text);
      },
      writeErr: () => undefined, // the failure is told once, by run.ts
    });
  const cli = () => new Cli(host, program.opts<GlobalOptions>());
  const command = (signature: string, description: string): Command => {
    const made = program.command(signature).description(description);
    return made.hook('preAction', () => {
      if (wrapped !== undefined && made.name() !== 'sudo')
        throw usage(`nothing may follow -- with writ ${made.name()}`);
    });
  };

  command('login', 'sign in by browser')
    .option('--domain <name>', 'identity domain', 'admin')
    .option('--device', 'sign in on another device')
    .option('--user <name>', 'sample user, no browser (local issuer only)')
    .option('--mfa', 'with a second factor, asked for anew')
    .action(async (options: LoginOptions) => (await import('./commands/login.ts')).login(cli(), options));
  command('logout', 'forget the sign-in').action(async () => (await import('./commands/logout.ts')).logout(cli()));
  command('whoami', 'who Writ thinks you are').action(async () => (await import('./commands/whoami.ts')).whoami(cli()));

  command('entitlements [entitlement]', 'what there is to ask for, or one of it in full').action(async (id?: string) =>
    (await import('./commands/entitlements.ts')).entitlements(cli(), id),
  );
  waiting(asking(command('request [entitlement]', 'ask for a grant')))
    .option('--dry-run', 'only learn what would be decided', false)
    .action(
      async (
        entitlement: string | undefined,
        options: AskOptions & Pick<RequestOptions, 'dryRun' | 'wait' | 'timeout'>,
      ) => (await import('./commands/request.ts')).request(cli(), { ...options, ...askOf(entitlement, options) }),
    );
  waiting(paged(command('requests [grant]', 'your grants, or one in full, with what its approver needs to know')))
    .option('--mine', 'your own (the usual list)')
    .option('--waiting-for-me', 'those that wait for your word')
    .option('--history', "everybody's that are over, for admins and auditors")
    .option('--all', "everybody's: pending, active and over, for admins and auditors")
    .addOption(
      new Option('--view <view>', 'one of these lists by its name in the API').choices([
        'mine',
        'approvals',
        'active',
        'pending',
        'history',
      ]),
    )
    .action(async (id: string | undefined, options: RequestsOptions) =>
      (await import('./commands/requests.ts')).requests(cli(), id, options),
    );

  deciding(command('approve <grant>', 'approve what is asked; a subject so consents'))
    .option('--remember <duration>', "a subject's consent to the same again, such as 30d")
    .action(async (id: string, options: DecideOptions) =>
      (await import('./commands/decide.ts')).decide(cli(), 'approve', id, options),
    );
  deciding(command('deny <grant>', 'deny what is asked')).action(async (id: string, options: DecideOptions) =>
    (await import('./commands/decide.ts')).decide(cli(), 'deny', id, options),
  );
  command(
    'withdraw <grant> [approval]',
    'take your approval back before it takes effect, or your consent at any time',
  ).action(async (id: string, approval?: string) =>
    (await import('./commands/consents.ts')).withdraw(cli(), id, approval),
  );
  const consents = command('consents', 'what you agreed to before');
  consents
    .command('list', { isDefault: true })
    .description('all of them')
    .action(async () => (await import('./commands/consents.ts')).listConsents(cli()));
  consents
    .command('withdraw <consent>')
    .description('take one back: what rests on it ends at once')
    .action(async (id: string) => (await import('./commands/consents.ts')).withdrawConsent(cli(), id));
  paged(command('impersonations', 'who acts, acted or asks to act for you')).action(async (options: PageOptions) =>
    (await import('./commands/consents.ts')).impersonations(cli(), options),
  );

  command('creds [grant]', 'AWS credentials as a credential_process document')
    .option('--entitlement <id>', 'of the only active grant of this entitlement')
    .option('--configure <aws-profile>', 'print an AWS profile that runs this command')
    .option('--write', 'with --configure: append it to the AWS configuration', false)
    .action(async (id: string | undefined, options: { entitlement?: string; configure?: string; write: boolean }) => {
      const { configure, write, entitlement } = options;
      if (configure !== undefined) {
        await (await import('./commands/configure.ts')).configure(cli(), { id, entitlement, configure, write });
      } else if (write) {
        throw usage('--write goes with --configure');
      } else {
        await (await import('./commands/creds.ts')).creds(cli(), { id, entitlement });
      }
    });
  command('console [grant]', 'open the AWS console')
    .option('--entitlement <id>', 'of the only active grant of this entitlement')
    .option('--print', 'print the link instead (a secret)', false)
    .action(async (id: string | undefined, options: { entitlement?: string; print: boolean }) =>
      (await import('./commands/console.ts')).awsConsole(cli(), { id, ...options }),
    );
  command('token [grant]', 'a delegation token for a service, bound to a key of this machine')
    .option('--entitlement <id>', 'of the only active grant of this entitlement')
    .option('--audience <uri>', 'whom it is for, where the grant has several')
    .option('--scope <names>', 'less than the grant has: a,b')
    .option('--call <url>', 'make one GET with it, and print the answer')
    .option('--raw', 'print the token alone', false)
    .action(async (id: string | undefined, options: Omit<TokenOptions, 'id'>) => {
      finished(await (await import('./commands/token.ts')).token(cli(), { id, ...options }));
    });
  command('lend <grant>', 'lend a live grant on, whole or in part')
    .requiredOption('--to <principal>', 'who carries it, such as workload:client:report-agent')
    .option('--scope <names>', 'less than it has: a,b')
    .option('--for <duration>', 'how long (15m unless given, or what is left of it)')
    .option('--uses <count>', 'how often, where uses are counted')
    .option('--reason <text>', 'why (kept as evidence)')
    .option('--purpose <text>', "what for, in a few words (the grant's unless given)")
    .action(async (id: string, options: LendOptions) => (await import('./commands/lend.ts')).lend(cli(), id, options));
  asking(command('sudo [entitlement]', 'run a command with lent authority: writ sudo … -- COMMAND'))
    .option('--grant <id>', 'use this grant instead of a new one')
    .option('--keep', 'do not give the grant back afterwards', false)
    .option('--yes', 'do not ask before high-risk entitlements', false)
    .action(
      async (entitlement: string | undefined, options: AskOptions & Pick<SudoOptions, 'grant' | 'keep' | 'yes'>) => {
        const all = { ...options, ...askOf(entitlement, options) };
        finished(await (await import('./commands/sudo.ts')).sudo(cli(), all, wrapped ?? []));
      },
    );

  command('done [grant]', 'give a grant back')
    .option('--all', 'all that are active', false)
    .action(async (id: string | undefined, { all }: { all: boolean }) =>
      (await import('./commands/done.ts')).done(cli(), id, all),
    );
  waiting(command('extend [grant]', 'ask for more time on an active grant'))
    .option('--for <duration>', 'how much longer, such as 30m')
    .option('--reason <text>', 'why (kept as evidence)')
    .action(async (id: string | undefined, options: ExtendOptions) =>
      (await import('./commands/change.ts')).extend(cli(), id, options),
    );
  command('narrow <grant>', 'make a live grant smaller or shorter')
    .option('--until <time>', 'its new end: 2026-11-21T09:00:00Z')
    .option('--for <duration>', 'its new end, from now: 5m')
    .option('--scope-file <path>', 'JSON list of {actions, resources}: less than it has')
    .action(async (id: string, options: NarrowOptions) =>
      (await import('./commands/change.ts')).narrow(cli(), id, options),
    );
  command('review <grant>', 'review a use of break-glass that is over (admins)')
    .addOption(new Option('--verdict <verdict>').choices(['justified', 'unjustified']))
    .option('--comment <text>', 'why (kept as evidence)')
    .action(async (id: string, options: ReviewOptions) =>
      (await import('./commands/change.ts')).review(cli(), id, options),
    );
  command('cancel <grant>', 'withdraw a request that is not active yet').action(async (id: string) =>
    (await import('./commands/end.ts')).cancel(cli(), id),
  );
  command('revoke <grant>', "take somebody's grant back (admins)")
    .option('--reason <text>', 'why (kept as evidence)')
    .action(async (id: string, { reason }: { reason?: string }) =>
      (await import('./commands/end.ts')).revoke(cli(), id, reason),
    );

  const audit = command('audit', 'what happened');
  paged(audit.command('events').description('audit leaves of a grant, or of a day (auditors)'))
    .option('--grant <id>')
    .option('--day <date>', 'UTC, such as 2026-11-21')
    .action(async (options: AuditOptions) => (await import('./commands/audit.ts')).auditEvents(cli(), options));

  const keys = command('keys', 'the keys that sign delegation tokens (admins)');
  keys
    .command('list', { isDefault: true })
    .description('which generation signs, and which are published')
    .action(async () => (await import('./commands/keys.ts')).listKeys(cli()));
  keys
    .command('rotate')
    .description('have another generation sign from now on')
    .option('--to <name>', 'which one (the next unless given)')
    .action(async ({ to }: { to?: string }) => (await import('./commands/keys.ts')).rotateKeys(cli(), to));

  const profile = command('profile', 'deployments by name');
  profile
    .command('add <name>')
    .description('add one: --api URL')
    .action(async (name: string) =>
      (await import('./commands/profile.ts')).addProfile(cli(), name, program.opts<GlobalOptions>().api),
    );
  profile
    .command('list')
    .description('all of them')
    .action(async () => (await import('./commands/profile.ts')).listProfiles(cli()));
  profile
    .command('use <name>')
    .description('use it from now on')
    .action(async (name: string) => (await import('./commands/profile.ts')).useProfile(cli(), name));

  const breakglass = command('breakglass', 'when the identity provider or the approvers can’t be reached');
  addBreakGlass(breakglass, host, { cli, options: () => program.opts<GlobalOptions>() }, finished);

  command('doctor', 'check that everything is ready').action(async () => {
    finished(await (await import('./commands/doctor.ts')).doctor(cli()));
  });
  return program;
}

type AskOptions = Omit<Ask, 'entitlement' | 'parameters'> & { readonly param: Readonly<Record<string, string>> };

const askOf = (entitlement: string | undefined, { param, ...rest }: AskOptions): Ask => ({
  ...rest,
  entitlement,
  parameters: param,
});

const asking = (command: Command): Command =>
  command
    .option('--param <name=value>', "a parameter of the entitlement's; repeatable", gatherParameter, {})
    .option('--for <duration>', 'such as 10m, 1h30m or 90s (15m unless given)')
    .option('--reason <text>', 'why (kept as evidence)')
    .option('--purpose <text>', 'what for, in a few words (the reason unless given)')
    .option('--ticket <id>', 'such as INC-42')
    .option('--starts-at <time>', 'later than now: 2026-11-21T09:00:00Z')
    .option('--scope-file <path>', 'JSON list of {actions, resources}: less than the entitlement')
    .option('--subject <principal>', 'whom an impersonation acts for, such as customer:shop:erin');

const waiting = (command: Command): Command =>
  command
    .option('--wait', 'wait for what people say; a terminal does unless told not to')
    .option('--no-wait', 'do not wait')
    .option('--timeout <duration>', 'wait for so long at most, such as 10m');

const deciding = (command: Command): Command =>
  command
    .option('--comment <text>', 'why (kept as evidence)')
    .option('--yes', 'do not ask again', false)
    .option('--request-sha256 <hash>', 'what you looked at; nothing else is decided (for scripts)');

const paged = (command: Command): Command =>
  command.option('--limit <count>', '1 to 100', '25').option('--cursor <cursor>', 'from an earlier page');
