import { bakedBundle, setting } from '../shared/compose.ts';
import { ENV } from '../shared/env.ts';
import { createLog } from '../shared/log.ts';
import { createHandler } from './app.ts';

const shown = process.env[ENV.shownAwsEndpointUrl];

export const handler = createHandler({
  log: createLog('public'),
  bundle: bakedBundle(),
  publicUrl: setting(ENV.publicUrl),
  awsEndpointUrl: shown === '' ? undefined : shown,
});
