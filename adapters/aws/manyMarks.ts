import { randomUUID } from 'node:crypto';
import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { putNew } from './commit.ts';
import type { Database } from './database.ts';
import { markKey, toMarkItem } from './onceItem.ts';
import { putOnce } from './putOnce.ts';
import { inHundreds, readAllItems } from './read.ts';
import { reasonsOf } from './retry.ts';

/** Marks of a whole batch: a call for a hundred of them, where each alone would be a call. */

interface Mark {
  readonly mark: string;
  readonly until: number;
}

const partitionOfMark = (mark: string): string => markKey(mark)['pk']?.S ?? '';

export async function spentOf(db: Database, table: string, marks: readonly string[]): Promise<ReadonlySet<string>> {
  const keys = [...new Set(marks)].map(markKey);
  const found = new Set((await readAllItems(db, table, keys)).map((item) => item['pk']?.S));
  return new Set(marks.filter((mark) => found.has(partitionOfMark(mark))));
}

export async function spendAll(db: Database, table: string, marks: readonly Mark[]): Promise<void> {
  const each = new Map(marks.map((mark) => [mark.mark, mark]));
  for (const some of inHundreds([...each.values()])) await spendTogether(db, table, some);
}

/** A mark that stands is left out of another try: what is left gets less each time. */
async function spendTogether(db: Database, table: string, marks: readonly Mark[]): Promise<void> {
  const [first, ...others] = marks;
  if (!first) return;
  if (others.length === 0) {
    // Alone it costs half as many write units as in a transaction.
    await putOnce(db, table, toMarkItem(first.mark, first.until));
    return;
  }
  const command = new TransactWriteItemsCommand({
    ClientRequestToken: randomUUID(),
    TransactItems: marks.map(({ mark, until }) => putNew(table, toMarkItem(mark, until))),
  });
  try {
    await db.retry(() => db.client.send(command));
  } catch (error) {
    const reasons = reasonsOf(error);
    const left = marks.filter((_, i) => reasons[i]?.Code !== 'ConditionalCheckFailed');
    if (left.length === marks.length) throw error;
    await spendTogether(db, table, left);
  }
}
