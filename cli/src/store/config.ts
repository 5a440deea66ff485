import { join } from 'node:path';
import * as z from 'zod';
import { CliFailure, usage } from '../failure.ts';
import { EXIT } from '../exit.ts';
import type { Environment, Host } from '../host.ts';
import { configDirectory } from './directory.ts';
import { readPrivate, writePrivate } from './private-file.ts';

/** A deployment to talk to, by name. */
export interface Profile {
  readonly name: string;
  /** Base URL: https, or http on this machine. */
  readonly api: string;
}

const nameSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/);
const configSchema = z.strictObject({
  version: z.literal(1),
  current: nameSchema.optional(),
  profiles: z.record(nameSchema, z.strictObject({ api: z.string() })),
});
export type Config = z.infer<typeof configSchema>;

type Ports = Pick<Host, 'env' | 'homeDirectory' | 'platform'>;

export const LOCAL = 'local';
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

export const isLoopback = (url: URL): boolean => LOOPBACK.has(url.hostname);

export const configPath = (ports: Ports): string => join(configDirectory(ports), 'config.json');

/** @throws CliFailure `bad_config`, `unsafe_file` */
export async function readConfig(ports: Ports): Promise<Config> {
  const path = configPath(ports);
  const content = await readPrivate(path, ports.platform);
  if (content === undefined) return { version: 1, profiles: {} };
  try {
    return configSchema.parse(JSON.parse(content));
  } catch {
    throw new CliFailure(EXIT.failure, 'bad_config', `${path} is not a writ configuration`, `Correct or remove it.`);
  }
}

export async function writeConfig(ports: Ports, config: Config): Promise<void> {
  await writePrivate(configPath(ports), `${JSON.stringify(config, null, 2)}\n`, ports.platform);
}

/**
 * Which deployment: what is nearest to the command wins: `--api`, then `--profile`, then `WRIT_API`, then
 * `WRIT_PROFILE`, then `writ profile use`, then `local`.
 */
export async function resolveProfile(
  ports: Ports,
  options: { readonly api?: string | undefined; readonly profile?: string | undefined },
): Promise<Profile> {
  const config = await readConfig(ports);
  const name = profileName(options.profile ?? (ports.env['WRIT_PROFILE'] || (config.current ?? LOCAL)));
  const override = options.api ?? (options.profile === undefined ? ports.env['WRIT_API'] : undefined);
  const api = override || (config.profiles[name]?.api ?? (name === LOCAL ? localApi(ports.env) : undefined));
  if (api === undefined) {
    throw usage(`there is no profile "${name}"`, `writ profile add ${name} --api https://…`);
  }
  return { name, api: apiAddress(api) };
}

export function localApi(env: Environment): string {
  const port = env['WRIT_PORT'] || '4600';
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    throw usage(`WRIT_PORT is "${port}", which is no port`, 'Set it to 1 to 65535, or unset it.');
  }
  return `http://127.0.0.1:${port}`;
}

export function profileName(name: string): string {
  if (nameSchema.safeParse(name).success) return name;
  throw usage(`"${name}" is not a profile name`, 'Use lower-case letters, digits and hyphens, 32 at most.');
}

/** The normal form of an API's address. Tokens go there, so it is https, or this very machine. */
export function apiAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url)))) {
    throw usage(`"${text}" is not the address of an API`, 'Give https://…, or http://127.0.0.1:PORT on this machine.');
  }
  if (url.pathname !== '/' || url.search || url.hash || url.username || url.password) {
    throw usage(`"${text}" is more than an address`, `Give scheme, host and port alone: ${url.origin}`);
  }
  return url.origin;
}
