/**
 * Points the channels of a new laptop at its own receivers, as an operator points them at real ones: the stack makes the
 * secrets without a URL. There is no ticket system on a laptop; what one would tell is taken all the same.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHAT_SIGNING_SECRET, channelSecretName } from '../../adapters/notify/secretNames.ts';
import type { Secrets } from '../aws/secrets/secrets.ts';
import { CURRENT } from '../aws/secrets/stages.ts';

/** The channels of a bundle's sources, which the CDK app has checked by now. */
export function channelsIn(policies: string): readonly string[] {
  const file = join(policies, 'channels.json');
  if (!existsSync(file)) return [];
  return (JSON.parse(readFileSync(file, 'utf8')) as readonly { readonly id: string }[]).map(({ id }) => id);
}

export interface SeedSecretsOptions {
  readonly secrets: Pick<Secrets, 'find' | 'open' | 'putValue'>;
  readonly accountId: string;
  readonly region: string;
  /** Of the OIDC issuer, which has the receivers too. */
  readonly issuerUrl: string;
  /** Ids of the bundle's channels. */
  readonly channels: readonly string[];
}

/** What local scripts sign clicks with. Only a laptop's receivers know it, and it opens nothing else. */
const LOCAL_CHAT_SIGNING_SECRET = 'local-chat-signing-secret';

/** What somebody has set since stays. */
export async function seedSecrets(options: SeedSecretsOptions): Promise<void> {
  for (const channel of options.channels) {
    await fill(options, channelSecretName(channel), { url: `${options.issuerUrl}/dev/hooks/${channel}` }, 'url');
  }
  await fill(options, CHAT_SIGNING_SECRET, { signingSecret: LOCAL_CHAT_SIGNING_SECRET }, undefined);
}

/** @param unset the member that is empty as long as nobody has set the secret; without one, only the first version is filled */
async function fill(
  { secrets, accountId, region }: SeedSecretsOptions,
  name: string,
  values: Readonly<Record<string, string>>,
  unset: string | undefined,
): Promise<void> {
  const secret = secrets.find(accountId, region, name);
  const current = secret && Object.values(secret.versions).find(({ stages }) => stages.includes(CURRENT));
  const opened = current && secrets.open(current);
  const text = opened && 'SecretString' in opened ? opened.SecretString : undefined;
  if (!secret || text === undefined) throw new Error(`there is no secret \`${name}\``);
  const value = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const isUnset = unset === undefined ? Object.keys(secret.versions).length === 1 : value[unset] === '';
  if (!isUnset) return;
  await secrets.putValue(secret, randomUUID(), { SecretString: JSON.stringify({ ...value, ...values }) }, [CURRENT]);
}
