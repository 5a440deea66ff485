import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { IS_NEW } from './commit.ts';
import type { Database } from './database.ts';
import type { Item } from './item.ts';
import { text } from './item.ts';

/** True if this very call made the item, also when the answer to an attempt of its own was lost. */
export async function putOnce(db: Database, table: string, item: Item): Promise<boolean> {
  const call = randomUUID();
  const put = new PutItemCommand({
    TableName: table,
    Item: { ...item, call: text(call) },
    ConditionExpression: IS_NEW,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    await db.retry(() => db.client.send(put));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return error.Item?.['call']?.S === call;
    throw error;
  }
}
