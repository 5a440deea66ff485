import type { IAMClient } from '@aws-sdk/client-iam';
import type { STSClient } from '@aws-sdk/client-sts';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import type { Target } from '../../core/entitlement.ts';
import type { Clock } from '../../core/ports.ts';

/** Credentials of the enforcer's role in a target account, as SDK clients take them. */
export interface EnforcerCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface EnforcerClientsOptions {
  readonly sts: STSClient;
  /** The accounts that the enforcer may work in, with the ExternalId of each. */
  readonly targets: readonly Pick<Target, 'account' | 'externalId'>[];
  /** Without its path. */
  readonly enforcerRoleName: string;
  readonly clock: Clock;
  /** `(credentials) => new IAMClient({ ...IAM_CLIENT, credentials })` */
  readonly iamWith: (credentials: EnforcerCredentials) => IAMClient;
}

/** IAM clients in target accounts, by the enforcer's role there. */
export interface EnforcerClients {
  /** @throws Error for an account that is no target, and the SDK's error when STS refuses or does not answer. */
  clientFor(account: string): Promise<IAMClient>;
  /** Drops the account's client, as after a refusal. */
  forget(account: string): void;
}

/** The path of the enforcer's role in target accounts. */
export const ENFORCER_ROLE_PATH = '/writ/';

const SESSION_SECONDS = 900;
/** A session that ends within this is not begun with. */
const MARGIN_MS = 120_000;

/** Each account's client is kept until shortly before its session ends. */
export function createEnforcerClients(options: EnforcerClientsOptions): EnforcerClients {
  const kept = new Map<string, { readonly client: IAMClient; readonly expiresAt: number }>();

  function forget(account: string): void {
    kept.get(account)?.client.destroy();
    kept.delete(account);
  }

  return {
    forget,
    async clientFor(account) {
      const known = kept.get(account);
      if (known && options.clock() < known.expiresAt - MARGIN_MS) return known.client;
      const { credentials, expiresAt } = await assume(options, account);
      forget(account);
      const client = options.iamWith(credentials);
      kept.set(account, { client, expiresAt });
      return client;
    },
  };
}

async function assume(
  { sts, targets, enforcerRoleName }: EnforcerClientsOptions,
  account: string,
): Promise<{ credentials: EnforcerCredentials; expiresAt: number }> {
  const target = targets.find((candidate) => candidate.account === account);
  if (!target) throw new Error(`the account ${account} is no target`);
  const { Credentials: made } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${account}:role${ENFORCER_ROLE_PATH}${enforcerRoleName}`,
      ExternalId: target.externalId,
      RoleSessionName: 'writ-enforcer',
      DurationSeconds: SESSION_SECONDS,
    }),
  );
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = made ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) {
    throw new Error('STS answered without credentials');
  }
  return {
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    expiresAt: Expiration.getTime(),
  };
}
