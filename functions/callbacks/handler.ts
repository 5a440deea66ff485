import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SECRETS_CLIENT } from '../../adapters/aws/clientOptions.ts';
import { CHAT_SIGNING_SECRET, TICKETS_SECRET } from '../../adapters/notify/secretNames.ts';
import { chatSigningSecret, createSecrets, endpointSecret, signingKeysOf } from '../../adapters/notify/secrets.ts';
import { clock, composeApi } from '../shared/compose.ts';
import { createHandler } from './app.ts';

const secrets = createSecrets({ client: new SecretsManagerClient(SECRETS_CLIENT), clock });

export const handler = createHandler({
  ...composeApi('callbacks'),
  async chatSecrets() {
    const { current, previous } = await secrets.read(CHAT_SIGNING_SECRET, chatSigningSecret);
    return [current, ...(previous ? [previous] : [])].map(({ signingSecret }) => signingSecret);
  },
  ticketKeys: async () => signingKeysOf(await secrets.read(TICKETS_SECRET, endpointSecret)),
});
