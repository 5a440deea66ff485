import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { SealedKeyStore } from '../../core/approvalPorts.ts';
import { fromUseItem, useKey, USES } from './breakGlassItem.ts';
import type { TableNames } from './commit.ts';
import { commit, put, putNew } from './commit.ts';
import type { DynamoOptions } from './database.ts';
import { databaseOf } from './database.ts';
import { whole } from './item.ts';
import { partitionOf, readItem } from './read.ts';
import {
  fromSealedKeyItem,
  keyOfOwner,
  ownerKey,
  sealedKeyKey,
  toKeyOwnerItem,
  toSealedKeyItem,
} from './sealedKeyItem.ts';

/** Sealed keys, and the uses of break-glass that wait for their review, in DynamoDB. @throws as the grant store does */
export function createDynamoSealedKeys(options: DynamoOptions & TableNames): SealedKeyStore {
  const { grantsTable, auditTable } = options;
  const db = { ...databaseOf(options), grantsTable, auditTable };

  async function getKey(id: string) {
    const item = await readItem(db, grantsTable, sealedKeyKey(id));
    return item && fromSealedKeyItem(item);
  }

  return {
    getKey,
    async keysOf(owner) {
      const ids: string[] = [];
      for await (const items of partitionOf(db, grantsTable, ownerKey(owner))) ids.push(...items.map(keyOfOwner));
      const keys = await Promise.all(ids.map(getKey)); // a person has a handful
      return keys.filter((key) => key !== undefined);
    },
    async putKey(key, leaf) {
      const { removedAt } = key;
      const changes =
        removedAt === undefined
          ? [putNew(grantsTable, toSealedKeyItem(key)), put(grantsTable, toKeyOwnerItem(key))]
          : [removal(grantsTable, key.id, removedAt)];
      return (await commit(db, { leaves: [leaf], changes })).result === 'committed' ? 'stored' : 'conflict';
    },
    async openUseOf(person) {
      const item = await readItem(db, grantsTable, useKey(person));
      return item && fromUseItem(item).grantId;
    },
    async *openUses() {
      for await (const items of partitionOf(db, grantsTable, USES)) yield items.map(fromUseItem);
    },
  };
}

const removal = (table: string, id: string, removedAt: number): TransactWriteItem => ({
  Update: {
    TableName: table,
    Key: sealedKeyKey(id),
    UpdateExpression: 'SET #removedAt = :at',
    ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(#removedAt)',
    ExpressionAttributeNames: { '#removedAt': 'removedAt' },
    ExpressionAttributeValues: { ':at': whole(removedAt) },
  },
});
