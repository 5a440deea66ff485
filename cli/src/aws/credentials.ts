import type { AwsCredentialsView, GrantView } from '../../../contract/schemas.ts';
import { awsCredentials } from '../../../contract/schemas.ts';
import type { WritClient } from '../../../sdk/client.ts';
import type { Host } from '../host.ts';
import type { Profile } from '../store/config.ts';
import { configDirectory, profileFile } from '../store/directory.ts';
import { removePrivate } from '../store/private-file.ts';
import { readSecret, writeSecret } from '../store/sealed-file.ts';

/** Where the session of a grant is kept until it is nearly over. */
export interface CredentialCache {
  readonly get: (grantId: string) => Promise<AwsCredentialsView | undefined>;
  readonly put: (grantId: string, credentials: AwsCredentialsView) => Promise<void>;
  readonly drop: (grantId: string) => Promise<void>;
}

const WORTHWHILE_MS = 5 * 60_000;
const TOLERANCE_MS = 5_000;

/**
 * An AWS session of an active grant: the one at hand while it is good, else a new one.
 *
 * SDKs ask far more often than every 15 minutes: boto3 before *each* call once less than 15 minutes are left, which is
 * always, and the AWS CLI once per command. A session each time would use up what the grant may issue.
 */
export async function credentialsOf(
  client: Pick<WritClient, 'awsCredentials'>,
  cache: CredentialCache,
  grant: Pick<GrantView, 'id' | 'status' | 'expiresAt'>,
  now: number,
): Promise<AwsCredentialsView> {
  const kept = await cache.get(grant.id);
  if (kept && grant.status === 'active' && isGood(kept, grant.expiresAt, now)) return kept;
  // An ended grant goes to the API too: it says best why there is nothing to have.
  const issued = await client.awsCredentials(grant.id).catch(async (error: unknown) => {
    await cache.drop(grant.id);
    throw error;
  });
  await cache.put(grant.id, issued);
  return issued;
}

/** Five minutes left, as SDKs renew then; or all that the grant has left, as a new session would last no longer. */
function isGood(kept: AwsCredentialsView, grantExpiresAt: string | undefined, now: number): boolean {
  const left = Date.parse(kept.Expiration) - now;
  return left > 0 && (left > WORTHWHILE_MS || coversGrant(kept, grantExpiresAt));
}

/** Whether one session lasts as long as the grant itself. */
export const coversGrant = (credentials: AwsCredentialsView, grantExpiresAt: string | undefined): boolean =>
  grantExpiresAt !== undefined && Date.parse(credentials.Expiration) + TOLERANCE_MS >= Date.parse(grantExpiresAt);

export function memoryCache(): CredentialCache {
  const kept = new Map<string, AwsCredentialsView>();
  return {
    get: async (id) => kept.get(id),
    put: async (id, credentials) => {
      kept.set(id, credentials);
    },
    drop: async (id) => {
      kept.delete(id);
    },
  };
}

export const credentialFile = (host: Host, profile: Profile, grantId: string): string =>
  profileFile(configDirectory(host), 'credentials', profile, grantId);

/** Kept as the sign-in is: sealed by the keychain, or in a 0600 file. */
export function fileCache(host: Host, profile: Profile): CredentialCache {
  const path = (id: string) => credentialFile(host, profile, id);
  return {
    get: async (id) => {
      const kept = awsCredentials.safeParse(await readSecret(host, path(id)));
      return kept.success ? kept.data : undefined;
    },
    put: (id, credentials) => writeSecret(host, path(id), { ...credentials }),
    drop: (id) => removePrivate(path(id)),
  };
}
