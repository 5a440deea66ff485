import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import type * as z from 'zod';
import { endpointSecret, parsed } from './secrets.ts';

/** A key that is made anew, and the URL beside it, where there is one. */
const rotatingSecret = endpointSecret.extend({ url: endpointSecret.shape.url.exactOptional() });
export type RotatingSecret = z.infer<typeof rotatingSecret>;

/** What rotating a signing key takes. Secrets are named by their ARN, versions by their id. */
export interface RotatingSecrets {
  stagesOf(secretId: string, version: string): Promise<readonly string[]>;
  current(secretId: string): Promise<RotatingSecret>;
  /** The version's value, once it has one. */
  pending(secretId: string, version: string): Promise<RotatingSecret | undefined>;
  putPending(secretId: string, version: string, value: RotatingSecret): Promise<void>;
  /** Does nothing when it is so already. */
  makeCurrent(secretId: string, version: string): Promise<void>;
}

export function createRotatingSecrets(client: SecretsManagerClient): RotatingSecrets {
  async function versionsOf(secretId: string): Promise<Record<string, string[]>> {
    const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId: secretId }));
    return VersionIdsToStages;
  }
  async function valueOf(version: { SecretId: string; VersionId?: string; VersionStage: string }) {
    const { SecretString = '' } = await client.send(new GetSecretValueCommand(version));
    return parsed(version.SecretId, rotatingSecret, SecretString);
  }

  return {
    stagesOf: async (secretId, version) => (await versionsOf(secretId))[version] ?? [],

    current: (secretId) => valueOf({ SecretId: secretId, VersionStage: 'AWSCURRENT' }),

    async pending(secretId, version) {
      try {
        return await valueOf({ SecretId: secretId, VersionId: version, VersionStage: 'AWSPENDING' });
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    },

    async putPending(secretId, version, value) {
      await client.send(
        new PutSecretValueCommand({
          SecretId: secretId,
          ClientRequestToken: version,
          SecretString: JSON.stringify(value),
          VersionStages: ['AWSPENDING'],
        }),
      );
    },

    async makeCurrent(secretId, version) {
      const versions = await versionsOf(secretId);
      const former = Object.entries(versions).find(([, stages]) => stages.includes('AWSCURRENT'))?.[0];
      if (former === version) return;
      await client.send(
        new UpdateSecretVersionStageCommand({
          SecretId: secretId,
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: version,
          ...(former !== undefined && { RemoveFromVersionId: former }),
        }),
      );
    },
  };
}
