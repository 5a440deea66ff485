import type { CancellationReason, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { Companion } from '../../core/approvalPorts.ts';
import type { Leaf } from '../../core/leaf.ts';
import type { CommitOutcome, IdempotencyRecord } from '../../core/ports.ts';
import type { Database } from './database.ts';
import { fromIdempotencyItem, toIdempotencyItem } from './idempotencyItem.ts';
import { toLeafItem } from './leafItem.ts';
import type { Item } from './item.ts';
import { reasonsOf } from './retry.ts';

/** Nothing stands at this key yet. */
export const IS_NEW = 'attribute_not_exists(pk)';

export interface Commit<By extends string = Companion['type']> {
  /** The records of what happens. The first one's id names the transaction: it is unique to this very call. */
  readonly leaves: readonly [Leaf, ...Leaf[]];
  readonly idempotency?: IdempotencyRecord | undefined;
  /** What happens, with its conditions. */
  readonly changes: readonly TransactWriteItem[];
  /** What stands or falls with it. */
  readonly companions?: readonly GuardedWrite<By>[];
}

/** A write, or a check, whose own condition has a name. */
export interface GuardedWrite<By extends string = Companion['type']> {
  readonly by: By;
  readonly write: TransactWriteItem;
}

/** As `CommitOutcome`; a refusal has the first of the failed conditions, and what stands there if its write shows it. */
type Outcome<By extends string> =
  | Exclude<CommitOutcome, { readonly result: 'refused' }>
  | { readonly result: 'refused'; readonly by: By; readonly standing: Item | undefined };

export interface TableNames {
  readonly grantsTable: string;
  readonly auditTable: string;
}

/**
 * Commits changes, companions, leaves and idempotency record together or not at all.
 *
 *     attempt ── answer: committed ─────────────────────────────────────────────► committed
 *        │  └─── busy, or silence ── same attempt with the same token ──► …
 *        └─── cancelled by a condition
 *                 our own first leaf stands there: an earlier attempt did it ──► committed
 *                 the idempotency key has been used ───────────────────────────► replayed, with its record
 *                 a leaf's or a change's condition: somebody was first ────────► conflict
 *                 a companion's condition alone ───────────────────────────────► refused
 *
 * The token covers ten minutes (API_TransactWriteItems); the leaf covers all later ones.
 *
 * @throws the last error when no attempt was answered: the outcome is unknown.
 */
export async function commit(db: Database & TableNames, change: Commit): Promise<CommitOutcome> {
  const outcome = await commitNamed(db, change);
  return outcome.result === 'refused' ? { result: outcome.result, by: outcome.by } : outcome;
}

/** The same, with names of the caller's own for the conditions. */
export async function commitNamed<By extends string>(
  db: Database & TableNames,
  { leaves, idempotency, changes, companions = [] }: Commit<By>,
): Promise<Outcome<By>> {
  const [proof] = leaves;
  const puts = [
    ...leaves.map((leaf) => putNew(db.auditTable, toLeafItem(leaf))),
    ...(idempotency ? [putNew(db.grantsTable, toIdempotencyItem(idempotency))] : []),
  ];
  const command = new TransactWriteItemsCommand({
    ClientRequestToken: proof.id,
    TransactItems: [...puts, ...changes, ...companions.map(({ write }) => write)],
  });
  try {
    await db.retry(() => db.client.send(command));
    return { result: 'committed' };
  } catch (error) {
    const reasons = reasonsOf(error);
    if (!reasons.some(failedCondition)) throw error;
    if (standing(reasons[0])?.['id']?.S === proof.id) return { result: 'committed' };
    const used = idempotency && standing(reasons[leaves.length]);
    if (used) return { result: 'replayed', record: fromIdempotencyItem(used) };
    const own = puts.length + changes.length;
    if (reasons.slice(0, own).some(failedCondition)) return { result: 'conflict' };
    const first = reasons.slice(own).findIndex(failedCondition);
    const refusal = companions[first];
    return refusal
      ? { result: 'refused', by: refusal.by, standing: standing(reasons[own + first]) }
      : { result: 'conflict' };
  }
}

/** A put that fails, and shows what is there, where something is there. */
export const putNew = (table: string, item: Item): TransactWriteItem => ({
  Put: {
    TableName: table,
    Item: item,
    ConditionExpression: IS_NEW,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  },
});

/** A put whatever is there. */
export const put = (table: string, item: Item): TransactWriteItem => ({ Put: { TableName: table, Item: item } });

const failedCondition = (reason: CancellationReason): boolean => reason.Code === 'ConditionalCheckFailed';

const standing = (reason: CancellationReason | undefined): Item | undefined =>
  reason && failedCondition(reason) ? reason.Item : undefined;
