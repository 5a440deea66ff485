import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Cli } from '../cli.ts';
import { CliFailure, usage } from '../failure.ts';
import { EXIT } from '../exit.ts';
import type { Pick } from '../grants.ts';
import { grantId, pickActive } from '../grants.ts';

export interface ConfigureOptions extends Pick {
  readonly configure: string;
  readonly write: boolean;
}

/** An AWS configuration profile whose credentials come from `writ creds`. Printed, or with `--write` appended. */
export async function configure(cli: Cli, options: ConfigureOptions): Promise<void> {
  const name = options.configure;
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name)) {
    throw usage(`"${name}" is not a name for an AWS profile`, 'Use letters, digits, hyphens, dots and underscores.');
  }
  const text = await snippet(cli, options);
  if (!options.write) {
    cli.out.result({ profile: name, text }, () => text);
    return;
  }
  const path = cli.host.env['AWS_CONFIG_FILE'] || join(cli.host.homeDirectory, '.aws', 'config');
  const existing = await contentOf(path);
  if (existing.split(/\r?\n/).some((line) => line.trim() === header(name))) {
    throw new CliFailure(
      EXIT.conflict,
      'profile_exists',
      `${path} has a profile "${name}"`,
      'Remove it, or take another name.',
    );
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await appendFile(path, `${existing === '' || existing.endsWith('\n') ? '' : '\n'}${existing && '\n'}${text}`, {
    mode: 0o600,
  });
  cli.out.result(
    { profile: name, path, text },
    () => `Added to ${path}.\nnext: aws --profile ${name} sts get-caller-identity\n`,
  );
}

async function snippet(cli: Cli, { configure: name, ...pick }: ConfigureOptions): Promise<string> {
  const id = pick.id === undefined ? undefined : grantId(pick.id);
  const entitlementId = pick.entitlement ?? (await pickActive(cli, { id })).entitlement;
  const { region } = await cli.entitlement(entitlementId);
  const { awsEndpointUrl } = await cli.configuration();
  const profile = await cli.profile();
  const command = [
    ...cli.host.self,
    'creds',
    ...(id === undefined ? ['--entitlement', entitlementId] : [id]),
    '--profile',
    profile.name,
    '--api',
    profile.api,
  ];
  return [
    header(name),
    `credential_process = ${command.map(quoted).join(' ')}`,
    `region = ${region}`,
    ...(awsEndpointUrl === undefined ? [] : [`endpoint_url = ${awsEndpointUrl}`]),
    '',
  ].join('\n');
}

const header = (name: string): string => (name === 'default' ? '[default]' : `[profile ${name}]`);

/** AWS splits the line at blanks, except within double quotes, which can't be escaped. */
function quoted(part: string): string {
  if (/["\r\n]/.test(part)) throw new CliFailure(EXIT.failure, 'unquotable', `AWS can't run a program named ${part}`);
  return /^[A-Za-z0-9_./:@=-]+$/.test(part) ? part : `"${part}"`;
}

async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
