import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { KeyRing, KeyRingStore, SnapshotStore } from '../../core/oauth/ports.ts';
import type { TableNames } from './commit.ts';
import { commit, IS_NEW, putNew } from './commit.ts';
import type { DynamoOptions } from './database.ts';
import { databaseOf } from './database.ts';
import { whole } from './item.ts';
import { fromRingItem, fromSnapshotItem, RING_KEY, SNAPSHOT_KEY, toRingItem, toSnapshotItem } from './keyRingItem.ts';
import { readItem } from './read.ts';

/** Which keys sign, in DynamoDB. @throws as the grant store does */
export function createDynamoKeyRing(options: DynamoOptions & TableNames): KeyRingStore {
  const { grantsTable, auditTable } = options;
  const db = { ...databaseOf(options), grantsTable, auditTable };
  return {
    async readRing() {
      const item = await readItem(db, grantsTable, RING_KEY);
      return item && fromRingItem(item);
    },
    async moveRing(from, to, leaf, idempotency) {
      const outcome = await commit(db, { leaves: [leaf], idempotency, changes: [ringMoves(grantsTable, from, to)] });
      if (outcome.result === 'replayed') return outcome.record;
      return outcome.result === 'committed' ? 'moved' : 'conflict';
    },
  };
}

const ringMoves = (table: string, from: KeyRing | undefined, to: KeyRing): TransactWriteItem =>
  from
    ? {
        Put: {
          TableName: table,
          Item: toRingItem(to),
          ConditionExpression: '#version = :from',
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':from': whole(from.version) },
        },
      }
    : putNew(table, toRingItem(to));

/** The revocation snapshot, in DynamoDB. @throws as the grant store does */
export function createDynamoSnapshots(options: DynamoOptions & { readonly grantsTable: string }): SnapshotStore {
  const { grantsTable } = options;
  const db = databaseOf(options);
  return {
    async readSnapshot() {
      const item = await readItem(db, grantsTable, SNAPSHOT_KEY);
      return item && fromSnapshotItem(item);
    },
    async putSnapshot(snapshot) {
      const isFirst = snapshot.number === 1;
      const put = new PutItemCommand({
        TableName: grantsTable,
        Item: toSnapshotItem(snapshot),
        ...(isFirst
          ? { ConditionExpression: IS_NEW }
          : {
              ConditionExpression: '#number = :before',
              ExpressionAttributeNames: { '#number': 'number' },
              ExpressionAttributeValues: { ':before': whole(snapshot.number - 1) },
            }),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      try {
        await db.retry(() => db.client.send(put));
        return 'stored';
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        // Signatures differ: what stands there and is the same was put by an attempt whose answer was lost.
        return error.Item?.['jwt']?.S === snapshot.jwt ? 'stored' : 'conflict';
      }
    },
  };
}
