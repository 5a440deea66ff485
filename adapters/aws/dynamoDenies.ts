import { ConditionalCheckFailedException, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { GrantStore } from '../../core/ports.ts';
import type { Deny } from '../../core/session.ts';
import type { Database, DynamoOptions } from './database.ts';
import { databaseOf } from './database.ts';
import { denyKey, fromDenyItem, roleKey } from './denyItem.ts';
import { whole } from './item.ts';
import { partitionOf, readItem } from './read.ts';

export type DenyStore = Pick<GrantStore, 'denies' | 'markApplied' | 'denyFor'>;

/** How many denies are marked at a time. */
const AT_ONCE = 10;

/** The denies alone: all that the enforcer needs of the store. */
export function createDynamoDenies(options: DynamoOptions & { readonly grantsTable: string }): DenyStore {
  const db = databaseOf(options);
  const { grantsTable } = options;
  return {
    async denies(roleArn) {
      const found: Deny[] = [];
      // To its end: a deny that is left out is a session that lives on (I16).
      for await (const items of partitionOf(db, grantsTable, roleKey(roleArn))) found.push(...items.map(fromDenyItem));
      return found;
    },

    async markApplied(denies, at) {
      for (let i = 0; i < denies.length; i += AT_ONCE) {
        await Promise.all(denies.slice(i, i + AT_ONCE).map((deny) => mark(db, grantsTable, deny, at)));
      }
    },

    async denyFor(roleArn, sourceIdentity) {
      const item = await readItem(db, grantsTable, denyKey({ roleArn, match: { sourceIdentity } }));
      return item && fromDenyItem(item);
    },
  };
}

/** The first time counts. A deny that is gone was cleaned up: its sessions are dead. */
async function mark(db: Database, table: string, deny: Deny, at: number): Promise<void> {
  const update = new UpdateItemCommand({
    TableName: table,
    Key: denyKey(deny),
    UpdateExpression: 'SET #appliedAt = if_not_exists(#appliedAt, :at)',
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeNames: { '#appliedAt': 'appliedAt' },
    ExpressionAttributeValues: { ':at': whole(at) },
  });
  try {
    await db.retry(() => db.client.send(update));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
