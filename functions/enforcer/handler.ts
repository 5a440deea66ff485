import { IAMClient } from '@aws-sdk/client-iam';
import { STSClient } from '@aws-sdk/client-sts';
import { IAM_CLIENT, STS_CLIENT } from '../../adapters/aws/clientOptions.ts';
import { createDynamoDenies } from '../../adapters/aws/dynamoDenies.ts';
import { createEnforcerClients } from '../../adapters/aws/enforcerClients.ts';
import { createIamRevocationWriter } from '../../adapters/aws/iamRevocationWriter.ts';
import { bakedBundle, clock, dynamo, setting } from '../shared/compose.ts';
import { ENV } from '../shared/env.ts';
import { createLog } from '../shared/log.ts';
import { createHandler } from './app.ts';

const { targets } = bakedBundle();

export const handler = createHandler({
  clock,
  store: createDynamoDenies({ ...dynamo(), grantsTable: setting(ENV.grantsTable) }),
  writer: createIamRevocationWriter(
    createEnforcerClients({
      sts: new STSClient(STS_CLIENT),
      targets: Object.values(targets),
      enforcerRoleName: setting(ENV.enforcerRoleName),
      clock,
      iamWith: (credentials) => new IAMClient({ ...IAM_CLIENT, credentials }),
    }),
  ),
  log: createLog('enforcer'),
  targets: Object.values(targets),
});
