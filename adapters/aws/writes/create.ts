import type { CommitOutcome, GrantStore } from '../../../core/ports.ts';
import type { Leaf } from '../../../core/leaf.ts';
import type { TableNames } from '../commit.ts';
import { commit, putNew } from '../commit.ts';
import { companionsOf } from '../companions.ts';
import type { Database } from '../database.ts';
import { toGrantItem } from '../grantItem.ts';
import { guardsOf } from '../guardItem.ts';

/**
 * A grant begins.
 *
 *     version   1 requested ── 2 its first state
 *     grant                    put, if new
 *     guards                   written, where it is lent by tokens
 *     leaves    put            put
 *     companions               each with its own condition
 */
export async function create(
  db: Database & TableNames,
  { grant, leaves, companions, idempotency }: Parameters<GrantStore['create']>[0],
): Promise<CommitOutcome> {
  return commit(db, {
    leaves: atLeastOne(leaves),
    idempotency,
    changes: [putNew(db.grantsTable, toGrantItem(grant)), ...guardsOf(db.grantsTable, grant)],
    companions: companionsOf(db, grant, companions),
  });
}

function atLeastOne([first, ...others]: readonly Leaf[]): [Leaf, ...Leaf[]] {
  if (!first) throw new TypeError('a grant without a leaf can’t be made');
  return [first, ...others];
}
