import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { OnceStore } from '../../core/approvalPorts.ts';
import type { TableNames } from './commit.ts';
import { commit, IS_NEW, putNew } from './commit.ts';
import type { Database, DynamoOptions } from './database.ts';
import { databaseOf } from './database.ts';
import type { Item } from './item.ts';
import { text } from './item.ts';
import { counterKey, markKey, occurrenceAt, toMarkItem, toOccurrenceItem } from './onceItem.ts';
import { queryAll, readItem } from './read.ts';

/** Marks and counts in DynamoDB. @throws as the grant store does: then it is unknown whether it happened */
export function createDynamoOnce(options: DynamoOptions & TableNames): OnceStore {
  const { grantsTable, auditTable } = options;
  const db = { ...databaseOf(options), grantsTable, auditTable };
  return {
    spend: (mark, until) => putOnce(db, grantsTable, toMarkItem(mark, until)),
    isSpent: async (mark) => (await readItem(db, grantsTable, markKey(mark))) !== undefined,

    async appendOnce(mark, until, leaf) {
      // A transition's leaf belongs into the transaction of its transition.
      if (leaf.role !== 'event') throw new TypeError('only an event’s leaf stands alone');
      const changes = [putNew(grantsTable, toMarkItem(mark, until))];
      return (await commit(db, { leaves: [leaf], changes })).result === 'committed';
    },

    async count(key, occurrence, since) {
      const put = new PutItemCommand({ TableName: grantsTable, Item: toOccurrenceItem(key, occurrence, since) });
      await db.retry(() => db.client.send(put));
      let count = 0;
      for await (const items of queryAll(db, {
        TableName: grantsTable,
        ConsistentRead: true,
        KeyConditionExpression: '#pk = :key AND #sk >= :since',
        ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
        ExpressionAttributeValues: { ':key': text(counterKey(key)), ':since': text(occurrenceAt(since)) },
        ProjectionExpression: '#sk',
      })) {
        count += items.length;
      }
      return count;
    },
  };
}

/** True if this very call made the item, also when the answer to an attempt of its own was lost. */
async function putOnce(db: Database, table: string, item: Item): Promise<boolean> {
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
