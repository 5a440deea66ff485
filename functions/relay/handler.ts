import { randomUUID } from 'node:crypto';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SQS_CLIENT } from '../../adapters/aws/clientOptions.ts';
import { roleOfDeny } from '../../adapters/aws/denyItem.ts';
import { createSqsRevocationQueue } from '../../adapters/aws/sqsRevocationQueue.ts';
import { setting } from '../shared/compose.ts';
import { ENV } from '../shared/env.ts';
import { createLog } from '../shared/log.ts';
import { createHandler } from './app.ts';

export const handler = createHandler({
  queue: createSqsRevocationQueue({
    client: new SQSClient(SQS_CLIENT),
    queueUrl: setting(ENV.revocationQueueUrl),
    uniqueId: randomUUID,
  }),
  log: createLog('relay'),
  roleOfDeny,
});
