import { randomBytes } from 'node:crypto';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { SECRETS_CLIENT, SENDING_CLIENT } from '../../adapters/aws/clientOptions.ts';
import { createChannelPost } from '../../adapters/notify/channelPost.ts';
import { createHttpCall } from '../../adapters/notify/httpCall.ts';
import { createSecrets } from '../../adapters/notify/secrets.ts';
import { createSnsMail } from '../../adapters/notify/snsMail.ts';
import { bakedBundle, clock, dynamo, mayCallPrivate, setting, stores } from '../shared/compose.ts';
import { ENV } from '../shared/env.ts';
import { createLog } from '../shared/log.ts';
import { createHandler } from './app.ts';

const secrets = createSecrets({ client: new SecretsManagerClient(SECRETS_CLIENT), clock });
const call = createHttpCall({ allowPrivate: mayCallPrivate() });

export const handler = createHandler({
  clock,
  ...stores(dynamo()),
  bundle: bakedBundle(),
  publicUrl: setting(ENV.publicUrl),
  sendMail: createSnsMail({ client: new SNSClient(SENDING_CLIENT), topicArn: setting(ENV.messagesTopic) }),
  post: createChannelPost({ secrets, call, clock }),
  nonce: () => randomBytes(16).toString('base64url'),
  log: createLog('notifier'),
});
