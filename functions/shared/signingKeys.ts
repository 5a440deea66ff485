import { KMSClient } from '@aws-sdk/client-kms';
import * as z from 'zod';
import { KMS_CLIENT } from '../../adapters/aws/clientOptions.ts';
import type { ClientAuthenticator } from '../../adapters/oauth/clientAuthentication.ts';
import { createClientAuthenticator } from '../../adapters/oauth/clientAuthentication.ts';
import { createKmsKeys } from '../../adapters/oauth/kmsKeys.ts';
import type { KeyGeneration } from '../../adapters/oauth/kmsTokenSigner.ts';
import type { OwnTokens } from '../../adapters/oauth/ownTokens.ts';
import { createOwnTokens } from '../../adapters/oauth/ownTokens.ts';
import type { TokenVerifier } from '../../adapters/oidc/verifier.ts';
import { OAUTH_PATHS } from '../../contract/metadata.ts';
import type { PolicyBundle } from '../../core/bundle.ts';
import { clock, setting } from './compose.ts';
import { ENV } from './env.ts';

/** What composition roots of the authorization server share: its keys, and who its clients are. */

const arns = z.array(z.string().startsWith('arn:')).min(1);
const generationList = z.array(z.strictObject({ name: z.string().min(1), keys: arns })).min(1);

export const kmsKeys = () => createKmsKeys(new KMSClient(KMS_CLIENT));

/** @throws Error when the stack did not set them: a function without its keys must not start */
export function tokenKeyGenerations(): readonly [KeyGeneration, ...KeyGeneration[]] {
  const [first, ...others] = generationList.parse(JSON.parse(setting(ENV.tokenKeys)));
  if (!first) throw new Error('there are no keys that sign tokens');
  return [first, ...others];
}

/** The one that signs first. */
export const snapshotKeyArns = (): readonly string[] => arns.parse(JSON.parse(setting(ENV.snapshotKeys)));

/** All keys of all generations: a token is good whichever of them signed it. */
export const allKeysOf = (generations: readonly KeyGeneration[]): readonly string[] =>
  generations.flatMap(({ keys }) => keys);

/** Reads Writ's own tokens, and tells clients apart. */
export function composeReading(
  { clients }: Pick<PolicyBundle, 'clients'>,
  publicUrl: string,
  verifier: Pick<TokenVerifier, 'verify'>,
  keys: ReturnType<typeof kmsKeys>,
  generations: readonly KeyGeneration[],
): { readonly ownTokens: OwnTokens; readonly clients: ClientAuthenticator } {
  const tokenEndpoint = `${publicUrl}${OAUTH_PATHS.token}`;
  return {
    ownTokens: createOwnTokens({ issuerUrl: publicUrl, jwks: () => keys.jwks(allKeysOf(generations)) }),
    clients: createClientAuthenticator({ clients, issuerUrl: publicUrl, tokenEndpoint, clock, verifier }),
  };
}
