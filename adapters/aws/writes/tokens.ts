import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Leaf } from '../../../core/leaf.ts';
import type { Mark, TokenCommit, TokenStore } from '../../../core/oauth/ports.ts';
import type { RefreshFamily } from '../../../core/oauth/refresh.ts';
import type { GuardedWrite, TableNames } from '../commit.ts';
import { commitNamed, putNew } from '../commit.ts';
import type { Database } from '../database.ts';
import { checkNotEnded } from '../endedItem.ts';
import { familyMoves } from '../familyItem.ts';
import { grantKey } from '../grantItem.ts';
import { checkHold } from '../guardItem.ts';
import type { Item } from '../item.ts';
import { whole } from '../item.ts';
import { takeEntry, toPresentedItem } from '../presentedItem.ts';
import { toSpentItem, toTokenItem, useOf } from '../tokenItem.ts';

/*
 * One token, from its issuing to its last use.
 *
 *               issueToken                          consume
 *     marks     put each, if new
 *     spent                                         put, if new
 *     token     put, if new                         uses + 1, if not revoked and below its limit
 *     grant     a guard: active, at version         a guard, the same
 *     ancestors a guard each: active, not narrowed  the same
 *     origins   a sign of each one's end: not there
 *     counts                                        spent + 1 of each grant that counts, below its limit
 *     family    put, if it is as it was read
 *     entry     put, if no token that lives has it
 *     leaf      token.issued                        token.spent
 *
 * Nothing that `issueToken` writes is any other issuing's, and of guards and signs each takes one by chance: fifty tokens
 * of a grant come into being side by side, also where one token is exchanged for all of them. An end, or a narrowing,
 * writes every guard, and the end of a token every sign, so it comes before or after each of them (I1). Of several
 * conditions that fail, the first in this order is told.
 */

/** What may have been presented before: each mark under its own name. */
const marked = (table: string, marks: readonly Mark[]): GuardedWrite<Mark['kind']>[] =>
  marks.map((mark) => ({ by: mark.kind, write: putNew(table, toPresentedItem(mark)) }));

type IssueChange = Parameters<TokenStore['issueToken']>[0];
type ConsumeChange = Parameters<TokenStore['consume']>[0];
type ConsumeOutcome = Awaited<ReturnType<TokenStore['consume']>>;

export async function issueToken(db: Database & TableNames, change: IssueChange): Promise<TokenCommit> {
  const { token, holds, marks, family, leaf } = change;
  const table = db.grantsTable;
  const companions: GuardedWrite<Mark['kind'] | 'moved' | 'refreshed' | 'slot_taken' | 'token'>[] = [
    ...marked(table, marks),
    ...holds.map((hold) => ({ by: 'moved' as const, write: checkHold(table, hold, db.random) })),
    ...(token.origins ?? []).map((jti) => ({
      by: 'moved' as const,
      write: checkNotEnded(table, { grantId: token.grantId, jti }, db.random),
    })),
    ...(family ? [{ by: 'refreshed' as const, write: familyMoves(table, family.from, family.to) }] : []),
    { by: 'slot_taken', write: takeEntry(table, token) },
    { by: 'token', write: putNew(table, toTokenItem(token)) },
  ];
  const outcome = await commitNamed(db, { leaves: [leaf], changes: [], companions });
  if (outcome.result === 'committed') return { result: 'committed' };
  // A token's id and its leaf's are 130 and 80 random bits of this very call.
  if (outcome.result !== 'refused' || outcome.by === 'token') throw new Error('a token is issued once');
  if (outcome.by === 'dpop' || outcome.by === 'assertion') return { result: 'replayed', mark: outcome.by };
  return { result: outcome.by };
}

/** The end of a refresh family, which whatever was presented brings about once. */
export async function revokeFamily(
  db: Database & TableNames,
  { from, to, leaf, marks }: { from: RefreshFamily; to: RefreshFamily; leaf: Leaf; marks: readonly Mark[] },
): ReturnType<TokenStore['revokeFamily']> {
  const table = db.grantsTable;
  const companions: GuardedWrite<Mark['kind'] | 'conflict'>[] = [
    ...marked(table, marks),
    { by: 'conflict', write: familyMoves(table, from, to) },
  ];
  const outcome = await commitNamed(db, { leaves: [leaf], changes: [], companions });
  if (outcome.result === 'committed') return 'revoked';
  return outcome.result === 'refused' ? outcome.by : 'conflict';
}

export async function consume(db: Database & TableNames, change: ConsumeChange): Promise<ConsumeOutcome> {
  const { token, maxUses, counted, holds, requestSha256, leaf } = change;
  const table = db.grantsTable;
  const companions: GuardedWrite<'repeated' | 'token' | 'moved' | 'exhausted'>[] = [
    { by: 'repeated', write: putNew(table, toSpentItem(token, requestSha256)) },
    { by: 'token', write: useOf(table, token, maxUses) },
    ...holds.map((hold) => ({ by: 'moved' as const, write: checkHold(table, hold, db.random) })),
    ...counted.map((count) => ({ by: 'exhausted' as const, write: useOfGrant(table, count) })),
  ];
  const outcome = await commitNamed(db, { leaves: [leaf], changes: [], companions });
  if (outcome.result === 'committed') return { result: 'spent' };
  if (outcome.result !== 'refused') throw new Error('a use is spent once');
  return { result: outcome.by === 'token' ? reasonOf(outcome.standing) : outcome.by };
}

/** A token that is gone was cleaned up: nobody may use it any more. */
const reasonOf = (token: Item | undefined): 'revoked' | 'exhausted' =>
  token === undefined || token['revokedAt'] !== undefined ? 'revoked' : 'exhausted';

const useOfGrant = (table: string, { grantId, maxUses }: ConsumeChange['counted'][number]): TransactWriteItem => ({
  Update: {
    TableName: table,
    Key: grantKey(grantId),
    UpdateExpression: 'ADD #spent :one',
    ConditionExpression: '#spent < :max',
    ExpressionAttributeNames: { '#spent': 'spent' },
    ExpressionAttributeValues: { ':one': whole(1), ':max': whole(maxUses) },
  },
});
