import { randomBytes } from 'node:crypto';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SECRETS_CLIENT } from '../../adapters/aws/clientOptions.ts';
import { createDynamoKeyRing } from '../../adapters/aws/dynamoKeyRing.ts';
import { createDynamoLentGrants } from '../../adapters/aws/dynamoLentGrants.ts';
import { createDynamoTokens } from '../../adapters/aws/dynamoTokens.ts';
import { createSecrets } from '../../adapters/notify/secrets.ts';
import { createDpopNonces } from '../../adapters/oauth/dpopNonces.ts';
import { createKmsTokenSigner } from '../../adapters/oauth/kmsTokenSigner.ts';
import { createPresentedTokens } from '../../adapters/oauth/presentedToken.ts';
import { createRefreshMint } from '../../adapters/oauth/refreshToken.ts';
import { OAUTH_PATHS } from '../../contract/metadata.ts';
import { composeDeciding, tables } from '../shared/compose.ts';
import { composeReading, kmsKeys, tokenKeyGenerations } from '../shared/signingKeys.ts';
import { createHandler } from './app.ts';

const deciding = composeDeciding('token');
const { clock, database, engine, publicUrl, verifier } = deciding;
const { bundle } = engine;
const region = process.env['AWS_REGION'];
if (!region) throw new Error('Lambda did not say in which Region it runs');
const keys = kmsKeys();
const generations = tokenKeyGenerations();
const kept = { ...database, ...tables() };
const reading = composeReading(bundle, publicUrl, verifier, keys, generations);

export const handler = createHandler({
  ...deciding,
  ...reading,
  store: createDynamoLentGrants(kept),
  tokens: createDynamoTokens(kept),
  signer: createKmsTokenSigner({ keys, generations, ring: createDynamoKeyRing(kept), clock, randomBytes }),
  issuerUrl: publicUrl,
  statusListUrl: `${publicUrl}${OAUTH_PATHS.snapshot}`,
  tokenEndpoint: `${publicUrl}${OAUTH_PATHS.token}`,
  region,
  refresh: createRefreshMint(randomBytes),
  nonces: createDpopNonces({
    secrets: createSecrets({ client: new SecretsManagerClient(SECRETS_CLIENT), clock }),
    clock,
  }),
  presented: createPresentedTokens({
    verifier,
    ownTokens: reading.ownTokens,
    clients: bundle.clients,
    issuerUrl: publicUrl,
    clock,
  }),
});
