import { createDynamoGrantStore } from '../../adapters/aws/dynamoGrantStore.ts';
import { createDynamoSnapshots } from '../../adapters/aws/dynamoKeyRing.ts';
import { createDynamoTokens } from '../../adapters/aws/dynamoTokens.ts';
import { createKmsSnapshotSigner } from '../../adapters/oauth/kmsSnapshotSigner.ts';
import { OAUTH_PATHS } from '../../contract/metadata.ts';
import { encodeStatusList } from '../../tokens/statusList.ts';
import { clock, dynamo, setting, tables } from '../shared/compose.ts';
import { ENV } from '../shared/env.ts';
import { createLog } from '../shared/log.ts';
import { kmsKeys, snapshotKeyArns } from '../shared/signingKeys.ts';
import { createHandler } from './app.ts';

const kept = { ...dynamo(), ...tables() };
const issuerUrl = setting(ENV.publicUrl);
const signer = createKmsSnapshotSigner(kmsKeys(), snapshotKeyArns());

export const handler = createHandler({
  clock,
  store: createDynamoGrantStore(kept),
  tokens: createDynamoTokens(kept),
  snapshots: createDynamoSnapshots(kept),
  issuerUrl,
  statusListUrl: `${issuerUrl}${OAUTH_PATHS.snapshot}`,
  encode: encodeStatusList,
  sign: (claims) => signer.sign(claims),
  log: createLog('snapshot'),
});
