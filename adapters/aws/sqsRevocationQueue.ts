import type { SQSClient } from '@aws-sdk/client-sqs';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { RevocationQueue } from '../../core/ports.ts';

export interface SqsRevocationQueueOptions {
  readonly client: SQSClient;
  /** Of the FIFO queue. */
  readonly queueUrl: string;
  /** A fresh, unique text: `node:crypto`'s `randomUUID` in composition roots. */
  readonly uniqueId: () => string;
}

/**
 * Tells the enforcer of roles. One group per role: its messages come one at a time, so the role has one writer.
 *
 * Each call has a deduplication id of its own. One made from the role would swallow, for five minutes, the news of the
 * next deny; the SDK's repeat of one send keeps its id.
 */
export const createSqsRevocationQueue = (options: SqsRevocationQueueOptions): RevocationQueue => ({
  async enqueue(roleArn) {
    await options.client.send(
      new SendMessageCommand({
        QueueUrl: options.queueUrl,
        MessageBody: JSON.stringify({ roleArn }),
        MessageGroupId: roleArn,
        MessageDeduplicationId: options.uniqueId(),
      }),
    );
  },
});
