import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { CommitOutcome, GrantStore } from '../../../core/ports.ts';
import type { Grant } from '../../../core/grant.ts';
import type { TableNames } from '../commit.ts';
import { commit, put } from '../commit.ts';
import { checkRoom } from '../approvalSize.ts';
import { companionsOf } from '../companions.ts';
import type { Database } from '../database.ts';
import { toDenyItem } from '../denyItem.ts';
import { grantKey, MOVING_ATTRIBUTES, movingOf } from '../grantItem.ts';
import { guardsOf } from '../guardItem.ts';
import { whole } from '../item.ts';
import { listEnded } from '../revokedItem.ts';

/**
 * A grant moves by one version.
 *
 *     version   from ─────────────── from + 1
 *     grant     update what may change, if nobody moved it (and, where it was never lent, no session was attempted)
 *     guards    written, where it is lent by tokens: whoever issues then sees that it moved
 *     revoked   put, where tokens end with it: the list that snapshots are made of
 *     leaf      put, if there is none of this version
 *     deny      put, whatever is there: an end never fails over it (only where sessions may be live)
 *     companions                     each with its own condition
 *
 * The counters are not written: counts made meanwhile by issuance stay.
 *
 * @throws WritError `payload_too_large` when the grant can hold no more of what people say
 */
export async function transition(
  db: Database & TableNames,
  { grant, leaf, deny, unlent, companions, idempotency }: Parameters<GrantStore['transition']>[0],
): Promise<CommitOutcome> {
  checkRoom(grant);
  return commit(db, {
    leaves: [leaf],
    idempotency,
    companions: companionsOf(db, grant, companions),
    changes: [
      moveGrant(db.grantsTable, grant, unlent),
      ...guardsOf(db.grantsTable, grant),
      ...listEnded(db.grantsTable, grant),
      ...(deny ? [put(db.grantsTable, toDenyItem(deny))] : []),
    ],
  });
}

/** Nobody moved the grant since it was read. */
const STILL_AT_FROM = '#version = :from';
/** No attempt was counted meanwhile: there is no session that a deny would have to end. */
const NEVER_LENT = '#intents = :none';

function moveGrant(table: string, grant: Grant, unlent = false): TransactWriteItem {
  const moving = movingOf(grant);
  const present = MOVING_ATTRIBUTES.filter((name) => moving[name] !== undefined);
  const absent = MOVING_ATTRIBUTES.filter((name) => moving[name] === undefined);
  const set = `SET ${present.map((name) => `#${name} = :${name}`).join(', ')}`;
  const remove = absent.length > 0 ? ` REMOVE ${absent.map((name) => `#${name}`).join(', ')}` : '';
  return {
    Update: {
      TableName: table,
      Key: grantKey(grant.id),
      UpdateExpression: set + remove,
      ConditionExpression: unlent ? `${STILL_AT_FROM} AND ${NEVER_LENT}` : STILL_AT_FROM,
      ExpressionAttributeNames: {
        ...Object.fromEntries(MOVING_ATTRIBUTES.map((name) => [`#${name}`, name])),
        ...(unlent && { '#intents': 'intents' }),
      },
      ExpressionAttributeValues: {
        ':from': whole(grant.version - 1),
        ...Object.fromEntries(Object.entries(moving).map(([name, value]) => [`:${name}`, value])),
        ...(unlent && { ':none': whole(0) }),
      },
    },
  };
}
