import { randomUUID } from 'node:crypto';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SQS_CLIENT } from '../../adapters/aws/clientOptions.ts';
import { sha256 } from '../../adapters/aws/sha256.ts';
import { createSqsRevocationQueue } from '../../adapters/aws/sqsRevocationQueue.ts';
import { lentRoleArn, targetOf } from '../../core/entitlement.ts';
import { bakedBundle, clock, dynamo, ids, setting, stores } from '../shared/compose.ts';
import { ENV } from '../shared/env.ts';
import { createLog } from '../shared/log.ts';
import { createHandler } from './app.ts';

const bundle = bakedBundle();
const { catalogue, targets } = bundle;

export const handler = createHandler({
  clock,
  ids,
  sha256,
  ...stores(dynamo()),
  bundle,
  queue: createSqsRevocationQueue({
    client: new SQSClient(SQS_CLIENT),
    queueUrl: setting(ENV.revocationQueueUrl),
    uniqueId: randomUUID,
  }),
  log: createLog('sweeper'),
  roleArns: catalogue.flatMap((entitlement) => {
    const target = targetOf(entitlement, targets);
    return target ? [lentRoleArn(entitlement, target)] : [];
  }),
});
