import { ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Leaf } from '../../../core/leaf.ts';
import { IS_NEW } from '../commit.ts';
import type { Database } from '../database.ts';
import { toLeafItem } from '../leafItem.ts';

/**
 * One leaf that tells of no change. Its key holds its id, so what stands there already is this leaf, put by an attempt
 * whose answer was lost.
 */
export async function append(db: Database & { readonly auditTable: string }, leaf: Leaf): Promise<void> {
  // A transition's leaf belongs into the transaction of its transition.
  if (leaf.role !== 'event') throw new TypeError('only an event’s leaf stands alone');
  const put = new PutItemCommand({
    TableName: db.auditTable,
    Item: toLeafItem(leaf),
    ConditionExpression: IS_NEW,
  });
  try {
    await db.retry(() => db.client.send(put));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
