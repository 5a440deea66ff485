import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import type { RevocationQueue } from '../../core/ports.ts';
import type { Log } from '../shared/log.ts';

export interface RelayDeps {
  readonly queue: RevocationQueue;
  readonly log: Log;
  /** The role that a new deny in the grants table concerns; undefined for any other item. */
  readonly roleOfDeny: (image: Readonly<Record<string, { S?: string } | undefined>>) => string | undefined;
}

/**
 * Turns new denies in the table's stream into one message per role: which role to look at, nothing else. On a failure
 * it says where to resume, so that nothing is skipped.
 */
export function createHandler({ queue, log, roleOfDeny }: RelayDeps) {
  return async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    for (const record of event.Records) {
      const image = record.eventName === 'INSERT' ? record.dynamodb?.NewImage : undefined;
      const roleArn = image && roleOfDeny(image);
      if (roleArn === undefined) continue;
      try {
        await queue.enqueue(roleArn);
        log.worked('relayed', { roleArn });
      } catch (error) {
        log.failed(error, record.eventID ?? 'unknown');
        return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] };
      }
    }
    return { batchItemFailures: [] };
  };
}
