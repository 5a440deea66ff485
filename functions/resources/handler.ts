import { createDynamoActivities } from '../../adapters/aws/dynamoActivities.ts';
import { createDynamoSnapshots } from '../../adapters/aws/dynamoKeyRing.ts';
import { createDynamoTokens } from '../../adapters/aws/dynamoTokens.ts';
import { createDynamoGrantStore } from '../../adapters/aws/dynamoGrantStore.ts';
import { sha256 } from '../../adapters/aws/sha256.ts';
import { createTokenVerifier } from '../../adapters/oidc/verifier.ts';
import { bakedBundle, clock, dynamo, ids, setting, tables } from '../shared/compose.ts';
import { ENV } from '../shared/env.ts';
import { createLog } from '../shared/log.ts';
import { composeReading, kmsKeys, tokenKeyGenerations } from '../shared/signingKeys.ts';
import { createHandler } from './app.ts';

const bundle = bakedBundle();
const log = createLog('resources');
const kept = { ...dynamo(), ...tables() };
const verifier = createTokenVerifier(bundle.issuers, {
  clock,
  onKeysFailure: (issuer, reason) => {
    log.failed(reason, `keys of ${issuer}`);
  },
});

export const handler = createHandler({
  ...composeReading(bundle, setting(ENV.publicUrl), verifier, kmsKeys(), tokenKeyGenerations()),
  clock,
  ids,
  sha256,
  engine: { bundle },
  store: createDynamoGrantStore(kept),
  tokens: createDynamoTokens(kept),
  activities: createDynamoActivities(kept),
  snapshots: createDynamoSnapshots(kept),
  log,
});
