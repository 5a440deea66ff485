import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { WaitStore } from '../../core/approvalPorts.ts';
import type { Database, DynamoOptions } from './database.ts';
import { databaseOf } from './database.ts';
import { oneOf } from './decode.ts';
import type { Item } from './item.ts';
import { reading, text, ttlAfter } from './item.ts';
import { ITEM_TYPE } from './tables.ts';

/**
 * Workflow tokens in DynamoDB. One that outlived its workflow is given out too: the engine says then that nobody waits.
 *
 * @throws (every method) as the grant store does
 */
export function createDynamoWaits(options: DynamoOptions & { readonly grantsTable: string }): WaitStore {
  const db = databaseOf(options);
  const { grantsTable } = options;
  return {
    async putWait(grantId, token, until) {
      const item = {
        ...waitKey(grantId),
        type: text(ITEM_TYPE.wait),
        token: text(token),
        ttl: ttlAfter(until, 0),
      };
      const put = new PutItemCommand({ TableName: grantsTable, Item: item });
      await db.retry(() => db.client.send(put));
    },
    takeWait: (grantId) => take(db, grantsTable, grantId),
  };
}

const waitKey = (grantId: string): Item => ({ pk: text(`WAIT#${grantId}`), sk: text('WAIT') });

/**
 * Marks the token as taken by this call, so that a repeat after a lost answer still gets it; to delete it would lose
 * it. Time to live removes the item.
 */
async function take(db: Database, table: string, grantId: string): Promise<string | undefined> {
  const update = new UpdateItemCommand({
    TableName: table,
    Key: waitKey(grantId),
    UpdateExpression: 'SET #takenBy = :call',
    ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(#takenBy) OR #takenBy = :call)',
    ExpressionAttributeNames: { '#takenBy': 'takenBy' },
    ExpressionAttributeValues: { ':call': text(randomUUID()) },
    ReturnValues: 'ALL_NEW',
  });
  try {
    const { Attributes: item } = await db.retry(() => db.client.send(update));
    return item && tokenOf(item);
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

const tokenOf = (item: Item): string =>
  reading('wait', item, (read) => {
    read.oneOf('type', oneOf(ITEM_TYPE.wait));
    return read.text('token');
  });
