import type { GrantStore } from '../../core/ports.ts';
import { CHILDREN, grantPartition, idOfChild } from './childItem.ts';
import type { TableNames } from './commit.ts';
import type { DynamoOptions } from './database.ts';
import { databaseOf } from './database.ts';
import { createDynamoDenies } from './dynamoDenies.ts';
import { createDynamoLentGrants } from './dynamoLentGrants.ts';
import { dynamoLists } from './dynamoLists.ts';
import { fromGrantItem, grantKey } from './grantItem.ts';
import { fromIdempotencyItem, idempotencyKey } from './idempotencyItem.ts';
import { partitionOf, readAllItems, readItem } from './read.ts';
import { create } from './writes/create.ts';
import { closeIntent, intend, issue } from './writes/issuance.ts';
import { transition } from './writes/transition.ts';

/**
 * Grants in DynamoDB. Layout in `tables.ts`, transactions in `writes/`, one owner per item type in `*Item.ts`.
 *
 * @throws (every method) the SDK's error when DynamoDB refused or did not answer, `MalformedItem` when a stored item is
 * not one of Writ's.
 */
export function createDynamoGrantStore(options: DynamoOptions & TableNames): GrantStore {
  const { grantsTable, auditTable } = options;
  const db = { ...databaseOf(options), grantsTable, auditTable };
  return {
    ...createDynamoLentGrants(options),
    async getMany(ids) {
      return (await readAllItems(db, grantsTable, [...new Set(ids)].map(grantKey))).map(fromGrantItem);
    },
    async findIdempotent(keySha256) {
      const item = await readItem(db, grantsTable, idempotencyKey(keySha256));
      return item && fromIdempotencyItem(item);
    },
    async childrenOf(grantId) {
      const ids: string[] = [];
      for await (const items of partitionOf(db, grantsTable, grantPartition(grantId), CHILDREN)) {
        ids.push(...items.map(idOfChild));
      }
      return ids;
    },
    create: (change) => create(db, change),
    transition: (change) => transition(db, change),
    intend: (change) => intend(db, change),
    issue: (change) => issue(db, change),
    closeIntent: (change) => closeIntent(db, change),
    ...dynamoLists(db, grantsTable),
    ...createDynamoDenies(options),
  };
}
