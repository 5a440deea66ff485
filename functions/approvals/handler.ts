import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SECRETS_CLIENT } from '../../adapters/aws/clientOptions.ts';
import { createHttpCall } from '../../adapters/notify/httpCall.ts';
import { createSecrets } from '../../adapters/notify/secrets.ts';
import { createTicketLookUp } from '../../adapters/notify/ticketLookUp.ts';
import { clock, composeApi, mayCallPrivate } from '../shared/compose.ts';
import { createHandler } from './app.ts';

export const handler = createHandler({
  ...composeApi('approvals'),
  tickets: createTicketLookUp({
    secrets: createSecrets({ client: new SecretsManagerClient(SECRETS_CLIENT), clock }),
    call: createHttpCall({ allowPrivate: mayCallPrivate() }),
    clock,
  }),
});
