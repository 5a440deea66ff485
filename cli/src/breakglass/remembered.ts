import * as z from 'zod';
import type { Host } from '../host.ts';
import type { Profile } from '../store/config.ts';
import { configDirectory, profileFile } from '../store/directory.ts';
import { readPrivate, writePrivate } from '../store/private-file.ts';

const rememberedSchema = z.strictObject({ version: z.literal(1), keys: z.array(z.string()) });

const fileOf = (host: Host, profile: Profile): string => profileFile(configDirectory(host), 'breakglass', profile);

/** Ids of the keys that were registered from here, which is all that is needed with the identity provider down. No secret. */
export async function registeredKeys(host: Host, profile: Profile): Promise<readonly string[]> {
  const content = await readPrivate(fileOf(host, profile), host.platform);
  try {
    return rememberedSchema.parse(JSON.parse(content ?? '')).keys;
  } catch {
    return []; // whoever has one key, or names it, does without
  }
}

export async function rememberKeys(host: Host, profile: Profile, keys: readonly string[]): Promise<void> {
  const content = { version: 1, keys: [...new Set(keys)] };
  await writePrivate(fileOf(host, profile), `${JSON.stringify(content)}\n`, host.platform);
}
