/**
 * Options of the SDK clients, for composition roots: `new DynamoDBClient(DYNAMODB_CLIENT)`. Endpoint, Region and
 * credentials come from the environment, as Lambda or the laptop sets it.
 */

/** Milliseconds. Without `throwOnRequestTimeout` the SDK only warns when the time is over. */
const PATIENCE = { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true } as const;

/**
 * The middleware of each command is put together once, not for each call: a millisecond. So none may be added after a
 * client's first call.
 */
const OFTEN = { requestHandler: PATIENCE, cacheMiddleware: true };

/** No retries: `retry.ts` has them. */
export const DYNAMODB_CLIENT = { maxAttempts: 1, ...OFTEN };

/** One attempt: a second AssumeRole would be a second session that nobody has recorded. */
export const STS_CLIENT = { maxAttempts: 1, ...OFTEN };

/** IAM is one service for all Regions of a partition; reads and whole-policy writes may be repeated at will. */
export const IAM_CLIENT = { maxAttempts: 3, requestHandler: PATIENCE };

/** A repeated send has the same deduplication id. */
export const SQS_CLIENT = { maxAttempts: 3, requestHandler: PATIENCE };

/** Waking twice does no harm. */
export const SFN_CLIENT = { maxAttempts: 3, requestHandler: PATIENCE };

/** A second signature of the same text does no harm: nothing is handed out before its leaf is written. */
export const KMS_CLIENT = { maxAttempts: 3, requestHandler: PATIENCE };

/** Reads only. */
export const SECRETS_CLIENT = { maxAttempts: 2, requestHandler: PATIENCE };

/** An event, or a mail, may come twice. */
export const SENDING_CLIENT = { maxAttempts: 3, ...OFTEN };
