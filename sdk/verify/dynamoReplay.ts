import type { ReplayStore } from './replay.ts';

/** The part of `DynamoDB` of `@aws-sdk/client-dynamodb` that is used: `new DynamoDB({})` is one. */
export interface PutItemClient {
  putItem(input: {
    readonly TableName: string;
    readonly Item: Record<string, { readonly S: string } | { readonly N: string }>;
    readonly ConditionExpression: string;
    readonly ExpressionAttributeNames: Record<string, string>;
    readonly ExpressionAttributeValues: Record<string, { readonly N: string }>;
  }): Promise<unknown>;
}

export interface DynamoReplaySettings {
  readonly client: PutItemClient;
  /** Its partition key is a string. Items can be left to its time to live, attribute `ttl`. */
  readonly tableName: string;
  /** @default 'pk' */
  readonly partitionKey?: string;
}

/** Whether the mark is there is decided by the write itself; a mark counts until it lapses, not until DynamoDB deletes it. */
const NOT_THERE_OR_LAPSED = 'attribute_not_exists(#key) OR #until <= :now';

/**
 * For servers of several processes: a conditional write for each proof.
 *
 * @example
 * const replay = dynamoReplay({ client: new DynamoDB({}), tableName: 'dpop-proofs' });
 */
export function dynamoReplay({ client, tableName, partitionKey = 'pk' }: DynamoReplaySettings): ReplayStore {
  return {
    async spend(mark, until, now) {
      try {
        await client.putItem({
          TableName: tableName,
          Item: {
            [partitionKey]: { S: `dpop#${mark}` },
            until: { N: String(until) },
            ttl: { N: String(Math.ceil(until / 1000)) },
          },
          ConditionExpression: NOT_THERE_OR_LAPSED,
          ExpressionAttributeNames: { '#key': partitionKey, '#until': 'until' },
          ExpressionAttributeValues: { ':now': { N: String(now) } },
        });
        return 'spent';
      } catch (error) {
        if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return 'replayed';
        throw error;
      }
    },
  };
}
