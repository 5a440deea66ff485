import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Retry, RetryOptions } from './retry.ts';
import { createRetry } from './retry.ts';

/** What the DynamoDB adapters are made of. */
export interface DynamoOptions extends RetryOptions {
  /** Without retries of its own: `new DynamoDBClient(DYNAMODB_CLIENT)`. */
  readonly client: DynamoDBClient;
}

/** A client with Writ's retries around each call. */
export interface Database {
  readonly client: DynamoDBClient;
  readonly retry: Retry;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export const databaseOf = (options: DynamoOptions): Database => ({
  client: options.client,
  retry: createRetry(options),
  random: options.random,
});
