import { bakedBundle, setting } from '../shared/compose.ts';
import { ENV } from '../shared/env.ts';
import { createLog } from '../shared/log.ts';
import { allKeysOf, kmsKeys, snapshotKeyArns, tokenKeyGenerations } from '../shared/signingKeys.ts';
import { createHandler } from './app.ts';

const keys = kmsKeys();
const tokenKeys = allKeysOf(tokenKeyGenerations());
const snapshotKeys = snapshotKeyArns();
const shown = process.env[ENV.shownAwsEndpointUrl];

export const handler = createHandler({
  log: createLog('public'),
  bundle: bakedBundle(),
  publicUrl: setting(ENV.publicUrl),
  jwks: () => keys.jwks(tokenKeys),
  snapshotJwks: () => keys.jwks(snapshotKeys),
  awsEndpointUrl: shown === '' ? undefined : shown,
});
