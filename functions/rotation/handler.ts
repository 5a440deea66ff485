import { randomBytes } from 'node:crypto';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SECRETS_CLIENT } from '../../adapters/aws/clientOptions.ts';
import { createRotatingSecrets } from '../../adapters/notify/rotatingSecrets.ts';
import { createLog } from '../shared/log.ts';
import { createHandler } from './app.ts';

export const handler = createHandler({
  secrets: createRotatingSecrets(new SecretsManagerClient(SECRETS_CLIENT)),
  newKey: () => randomBytes(32).toString('base64url'),
  log: createLog('rotation'),
});
