import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { CommitOutcome, GrantStore } from '../../../core/ports.ts';
import type { Intent, IntentState } from '../../../core/session.ts';
import type { TableNames } from '../commit.ts';
import { commit, put, putNew } from '../commit.ts';
import type { Database } from '../database.ts';
import { toDenyItem } from '../denyItem.ts';
import { grantKey } from '../grantItem.ts';
import { intentKey, toIntentItem } from '../intentItem.ts';
import { text, whole } from '../item.ts';

/*
 * One session, from the attempt to its outcome.
 *
 *               intend ───────── AssumeRole ──────── issue                or   closeIntent
 *     intent    put, open                            open → issued             open → failed, discarded, unknown
 *     grant     intents + 1                          issued + 1                intents − 1, if failed
 *       if      active at version,                   active at version
 *               intents < maxSessions
 *     deny                                                                     put, where a session may exist
 *     leaf      credential.intended                  credential.issued         credential.<state>
 *
 * `intents` counts sessions that may exist. Attempts in flight are counted before STS is called, so that parallel
 * ones can't exceed the limit together; only STS's definite no takes its attempt out again.
 */

/** The grant may lend: it is active, and nobody moved it since it was read (I1). */
const ACTIVE_AT_VERSION = '#status = :active AND #version = :version';
const BELOW_LIMIT = '#intents < :max';
/** Nobody told of the attempt's outcome yet. */
const STILL_OPEN = '#intentState = :open';
const EXISTS = 'attribute_exists(pk)';

export async function intend(
  db: Database & TableNames,
  { intent, leaf, maxSessions }: Parameters<GrantStore['intend']>[0],
): Promise<CommitOutcome> {
  const count: TransactWriteItem = {
    Update: {
      TableName: db.grantsTable,
      Key: grantKey(intent.grantId),
      UpdateExpression: 'ADD #intents :one',
      ConditionExpression: `${ACTIVE_AT_VERSION} AND ${BELOW_LIMIT}`,
      ExpressionAttributeNames: { ...ACTIVE_NAMES, '#intents': 'intents' },
      ExpressionAttributeValues: { ...activeAt(intent), ':max': whole(maxSessions), ':one': whole(1) },
    },
  };
  return commit(db, { leaves: [leaf], changes: [count, putNew(db.grantsTable, toIntentItem(intent))] });
}

export async function issue(
  db: Database & TableNames,
  { intent, leaf, at }: Parameters<GrantStore['issue']>[0],
): Promise<CommitOutcome> {
  const count: TransactWriteItem = {
    Update: {
      TableName: db.grantsTable,
      Key: grantKey(intent.grantId),
      UpdateExpression: 'ADD #issued :one SET #lastIssuedAt = :at',
      ConditionExpression: ACTIVE_AT_VERSION,
      ExpressionAttributeNames: { ...ACTIVE_NAMES, '#issued': 'issued', '#lastIssuedAt': 'lastIssuedAt' },
      ExpressionAttributeValues: { ...activeAt(intent), ':one': whole(1), ':at': whole(at) },
    },
  };
  return commit(db, { leaves: [leaf], changes: [count, close(db.grantsTable, intent, 'issued')] });
}

export async function closeIntent(
  db: Database & TableNames,
  { intent, state, leaf, deny }: Parameters<GrantStore['closeIntent']>[0],
): Promise<CommitOutcome> {
  const uncount: TransactWriteItem = {
    Update: {
      TableName: db.grantsTable,
      Key: grantKey(intent.grantId),
      UpdateExpression: 'ADD #intents :minusOne',
      ConditionExpression: EXISTS,
      ExpressionAttributeNames: { '#intents': 'intents' },
      ExpressionAttributeValues: { ':minusOne': whole(-1) },
    },
  };
  return commit(db, {
    leaves: [leaf],
    changes: [
      close(db.grantsTable, intent, state),
      ...(deny ? [put(db.grantsTable, toDenyItem(deny))] : []),
      ...(state === 'failed' ? [uncount] : []),
    ],
  });
}

const ACTIVE_NAMES = { '#status': 'status', '#version': 'version' };
const activeAt = (intent: Intent) => ({ ':active': text('active'), ':version': whole(intent.version) });

/** Closing takes the intent out of the index of what is due. */
const close = (table: string, intent: Intent, state: Exclude<IntentState, 'open'>): TransactWriteItem => ({
  Update: {
    TableName: table,
    Key: intentKey(intent),
    UpdateExpression: 'SET #intentState = :state REMOVE #dueKind, #dueAt',
    ConditionExpression: STILL_OPEN,
    ExpressionAttributeNames: { '#intentState': 'intentState', '#dueKind': 'dueKind', '#dueAt': 'dueAt' },
    ExpressionAttributeValues: { ':state': text(state), ':open': text('open') },
  },
});
