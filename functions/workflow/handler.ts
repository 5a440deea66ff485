import { SFNClient } from '@aws-sdk/client-sfn';
import { SFN_CLIENT } from '../../adapters/aws/clientOptions.ts';
import { createDynamoWaits } from '../../adapters/aws/dynamoWaits.ts';
import { createSfnWorkflowEngine } from '../../adapters/aws/sfnWorkflowEngine.ts';
import { sha256 } from '../../adapters/aws/sha256.ts';
import { bakedBundle, cedarEngine, clock, dynamo, ids, stores, tables } from '../shared/compose.ts';
import { createLog } from '../shared/log.ts';
import { createHandler } from './app.ts';

const log = createLog('workflow');
const database = dynamo();

export const handler = createHandler({
  clock,
  ids,
  sha256,
  ...stores(database),
  waits: createDynamoWaits({ ...database, ...tables() }),
  workflows: createSfnWorkflowEngine({ client: new SFNClient(SFN_CLIENT) }),
  engine: cedarEngine(bakedBundle(), log),
  log,
});
