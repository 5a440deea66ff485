import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetSecretValueCommand, ResourceNotFoundException } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';

/** How long a value is used before it is read again, in milliseconds: so soon does a rotated or withdrawn key count. */
const CACHE_MS = 60_000;
/** So long after a rotation the former key still counts. */
const OVERLAP_MS = 24 * 3600 * 1000;

/** A secret's current value and, for a day after its rotation, the one before. */
export interface Versions<T> {
  readonly current: T;
  readonly previous?: T;
}

export const endpointSecret = z.object({
  /** Empty until the operator has set it. */
  url: z.string(),
  signingKey: z.string().min(16),
});
export type EndpointSecret = z.infer<typeof endpointSecret>;
export const chatSigningSecret = z.object({ signingSecret: z.string().min(16) });

export interface SecretsOptions {
  readonly client: SecretsManagerClient;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

export interface Secrets {
  /** @throws Error that holds nothing of the value, when it can't be read or is not of this shape */
  read<T>(name: string, shape: z.ZodType<T>): Promise<Versions<T>>;
}

/** Reads secrets, and keeps what it read in memory for a minute at most. */
export function createSecrets({ client, clock }: SecretsOptions): Secrets {
  const cache = new Map<string, { readonly at: number; readonly versions: Versions<string> }>();

  async function fetched(name: string): Promise<Versions<string>> {
    const known = cache.get(name);
    if (known && clock() - known.at < CACHE_MS) return known.versions;
    const at = clock();
    const [current, previous] = await Promise.all([valueOf(name, 'AWSCURRENT'), previousOf(name)]);
    const since = current.createdAt ?? Number.NEGATIVE_INFINITY;
    const versions = {
      current: current.text,
      ...(previous && at - since < OVERLAP_MS && { previous: previous.text }),
    };
    cache.set(name, { at, versions });
    return versions;
  }

  async function valueOf(name: string, stage: string): Promise<{ text: string; createdAt: number | undefined }> {
    const found = await client.send(new GetSecretValueCommand({ SecretId: name, VersionStage: stage }));
    if (found.SecretString === undefined) throw new Error(`the secret ${name} is no text`);
    return { text: found.SecretString, createdAt: found.CreatedDate?.getTime() };
  }

  async function previousOf(name: string): Promise<{ text: string } | undefined> {
    try {
      return await valueOf(name, 'AWSPREVIOUS');
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  }

  return {
    async read(name, shape) {
      const { current, previous } = await fetched(name);
      // A former value of another shape is no reason to do without the current one.
      const former = previous === undefined ? undefined : shape.safeParse(jsonOf(previous)).data;
      return { current: parsed(name, shape, current), ...(former !== undefined && { previous: former }) };
    },
  };
}

/** @throws Error that holds nothing of the value */
export function parsed<T>(name: string, shape: z.ZodType<T>, text: string): T {
  const result = shape.safeParse(jsonOf(text));
  if (result.success) return result.data;
  throw new Error(
    `the secret ${name} is not as it should be: ${result.error.issues.map(({ path }) => path.join('.')).join(', ')}`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The signing keys that count, the current one first. */
export const signingKeysOf = ({ current, previous }: Versions<EndpointSecret>): readonly string[] =>
  previous === undefined || previous.signingKey === current.signingKey
    ? [current.signingKey]
    : [current.signingKey, previous.signingKey];
