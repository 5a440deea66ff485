import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { CommitOutcome, GrantStore } from '../../../core/ports.ts';
import type { Grant } from '../../../core/grant.ts';
import type { TableNames } from '../commit.ts';
import { commit, put } from '../commit.ts';
import type { Database } from '../database.ts';
import { toDenyItem } from '../denyItem.ts';
import { grantKey, STATE_ATTRIBUTES, stateOf } from '../grantItem.ts';
import { whole } from '../item.ts';

/**
 * A grant moves by one version.
 *
 *     version   from ─────────────── from + 1
 *     grant     update its state, if nobody moved it
 *     leaf      put, if there is none of this version
 *     deny      put, whatever is there: an end never fails over it (only where sessions may be live)
 *
 * Only the state's attributes are written: counts made meanwhile by issuance stay.
 */
export async function transition(
  db: Database & TableNames,
  { grant, leaf, deny, idempotency }: Parameters<GrantStore['transition']>[0],
): Promise<CommitOutcome> {
  return commit(db, {
    leaves: [leaf],
    idempotency,
    changes: [moveGrant(db.grantsTable, grant), ...(deny ? [put(db.grantsTable, toDenyItem(deny))] : [])],
  });
}

/** Nobody moved the grant since it was read. */
const STILL_AT_FROM = '#version = :from';

function moveGrant(table: string, grant: Grant): TransactWriteItem {
  const state = stateOf(grant);
  const present = STATE_ATTRIBUTES.filter((name) => state[name] !== undefined);
  const absent = STATE_ATTRIBUTES.filter((name) => state[name] === undefined);
  const set = `SET ${present.map((name) => `#${name} = :${name}`).join(', ')}`;
  const remove = absent.length > 0 ? ` REMOVE ${absent.map((name) => `#${name}`).join(', ')}` : '';
  return {
    Update: {
      TableName: table,
      Key: grantKey(grant.id),
      UpdateExpression: set + remove,
      ConditionExpression: STILL_AT_FROM,
      ExpressionAttributeNames: Object.fromEntries(STATE_ATTRIBUTES.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ':from': whole(grant.version - 1),
        ...Object.fromEntries(Object.entries(state).map(([name, value]) => [`:${name}`, value])),
      },
    },
  };
}
