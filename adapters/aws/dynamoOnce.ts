import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { OnceStore } from '../../core/approvalPorts.ts';
import type { TableNames } from './commit.ts';
import { commit, putNew } from './commit.ts';
import type { DynamoOptions } from './database.ts';
import { databaseOf } from './database.ts';
import { text } from './item.ts';
import { spendAll, spentOf } from './manyMarks.ts';
import { counterKey, markKey, occurrenceAt, toMarkItem, toOccurrenceItem } from './onceItem.ts';
import { putOnce } from './putOnce.ts';
import { queryAll, readItem } from './read.ts';

/** Marks and counts in DynamoDB. @throws as the grant store does: then it is unknown whether it happened */
export function createDynamoOnce(options: DynamoOptions & TableNames): OnceStore {
  const { grantsTable, auditTable } = options;
  const db = { ...databaseOf(options), grantsTable, auditTable };
  return {
    spend: (mark, until) => putOnce(db, grantsTable, toMarkItem(mark, until)),
    isSpent: async (mark) => (await readItem(db, grantsTable, markKey(mark))) !== undefined,
    spentOf: (marks) => spentOf(db, grantsTable, marks),
    spendAll: (marks) => spendAll(db, grantsTable, marks),

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
