/**
 * Deletes expired items, as DynamoDB's time to live does some time after their hour.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
 */
import type { Item } from './attribute-value.ts';
import { expiryKey } from './change.ts';
import type { ItemChange } from './change.ts';
import type { Engine } from './engine.ts';
import { expiryPrefix, itemsPrefix, padded } from './layout.ts';
import type { Table } from './table.ts';

/** So many items at once, so that callers' writes get in between. */
const BATCH = 100;
/** What expired longer ago is taken for a mistake, and stays. */
const OLDEST_SECONDS = 5 * 365 * 24 * 60 * 60;

/** Costs what has expired, not what is stored. Returns how many items went. */
export async function sweepExpired(engine: Engine): Promise<number> {
  let swept = 0;
  for (const table of engine.tables()) {
    let gone: number;
    do {
      gone = await sweepBatch(engine, table);
      swept += gone;
    } while (gone === BATCH);
  }
  return swept;
}

async function sweepBatch(engine: Engine, table: Table): Promise<number> {
  const { ttl } = table;
  if (!ttl) return 0;
  const prefix = expiryPrefix(ttl.id);
  const now = Math.floor(engine.clock() / 1000);
  const range = { gte: prefix + padded(Math.max(0, now - OLDEST_SECONDS)), lt: prefix + padded(now) };
  return engine.store.exclusively(async () => {
    const changes: ItemChange[] = [];
    for await (const [key] of engine.store.entries(range, { limit: BATCH })) {
      const itemKey = key.slice(prefix.length).replace(/^\d+!/, '');
      const stored = engine.store.get(itemsPrefix(table.id) + itemKey);
      const before = stored === undefined ? undefined : (JSON.parse(stored) as Item);
      if (expiryKey(table, before) !== key)
        throw new Error(`time to live points at an item that it doesn't fit: ${key}`);
      changes.push({
        table,
        before,
        after: undefined,
        userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
      });
    }
    await engine.commit(changes);
    return changes.length;
  });
}
