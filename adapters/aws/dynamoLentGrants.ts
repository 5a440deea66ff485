import type { GrantStore } from '../../core/ports.ts';
import type { TableNames } from './commit.ts';
import type { DynamoOptions } from './database.ts';
import { databaseOf } from './database.ts';
import { fromGrantItem, grantKey } from './grantItem.ts';
import { readItem } from './read.ts';
import { append } from './writes/append.ts';

/**
 * As much of the grant store as lending takes: grants are read, and what happens under them is told. It moves none.
 *
 * @throws (every method) as the grant store does
 */
export function createDynamoLentGrants(options: DynamoOptions & TableNames): Pick<GrantStore, 'get' | 'append'> {
  const { grantsTable, auditTable } = options;
  const db = { ...databaseOf(options), grantsTable, auditTable };
  return {
    async get(id) {
      const item = await readItem(db, grantsTable, grantKey(id));
      return item && fromGrantItem(item);
    },
    append: (leaf) => append(db, leaf),
  };
}
