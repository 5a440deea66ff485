import { STSClient } from '@aws-sdk/client-sts';
import { STS_CLIENT } from '../../adapters/aws/clientOptions.ts';
import { createConsoleSignIn } from '../../adapters/aws/consoleSignIn.ts';
import { createStsSessionBroker } from '../../adapters/aws/stsSessionBroker.ts';
import { composeApi, setting } from '../shared/compose.ts';
import { ENV } from '../shared/env.ts';
import { createHandler } from './app.ts';

export const handler = createHandler({
  ...composeApi('aws-session'),
  broker: createStsSessionBroker({ client: new STSClient(STS_CLIENT) }),
  signIn: createConsoleSignIn({
    signinUrl: setting(ENV.signinUrl),
    consoleUrl: setting(ENV.consoleUrl),
    issuerUrl: setting(ENV.publicUrl),
    fetch,
  }),
});
