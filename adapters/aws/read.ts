import type { AttributeValue, QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { BatchGetItemCommand, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Database } from './database.ts';
import type { Item } from './item.ts';
import { text } from './item.ts';
import { Unprocessed } from './retry.ts';

/** One item by its key, strongly consistent. */
export async function readItem(db: Database, table: string, key: Item): Promise<Item | undefined> {
  const get = new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true });
  const { Item: item } = await db.retry(() => db.client.send(get));
  return item;
}

/** At most a hundred items by their keys, in one call and in any order, each strongly consistent. */
export async function readItems(db: Database, table: string, keys: readonly Item[]): Promise<readonly Item[]> {
  const found: Item[] = [];
  let left: Item[] = [...keys];
  await db.retry(async () => {
    const batch = new BatchGetItemCommand({ RequestItems: { [table]: { Keys: left, ConsistentRead: true } } });
    const { Responses, UnprocessedKeys } = await db.client.send(batch);
    found.push(...(Responses?.[table] ?? []));
    left = UnprocessedKeys?.[table]?.Keys ?? [];
    if (left.length > 0) throw new Unprocessed();
  });
  return found;
}

/** Items by their keys, however many, each strongly consistent and in any order. */
export async function readAllItems(db: Database, table: string, keys: readonly Item[]): Promise<readonly Item[]> {
  return (await Promise.all(inHundreds(keys).map((some) => readItems(db, table, some)))).flat();
}

/** DynamoDB reads, and writes together, at most a hundred items a call. */
export const inHundreds = <T>(all: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / 100) }, (_, i) => all.slice(i * 100, (i + 1) * 100));

export interface ItemPage {
  readonly items: readonly Item[];
  /** DynamoDB stopped at the limit, or at 1 MB: there may be more after the last item. */
  readonly more: boolean;
  readonly lastKey: Record<string, AttributeValue> | undefined;
}

/** A query to its end, page by page, each only when the one before has been worked on. */
export async function* queryAll(db: Database, query: QueryCommandInput): AsyncGenerator<readonly Item[]> {
  let after: Item | undefined;
  do {
    const { items, lastKey } = await queryPage(db, { ...query, ExclusiveStartKey: after });
    if (items.length > 0) yield items;
    after = lastKey;
  } while (after);
}

/** A partition of the table to its end, strongly consistent; `beginning` narrows it to sort keys that begin so. */
export function partitionOf(
  db: Database,
  table: string,
  partition: string,
  beginning?: string,
): AsyncGenerator<readonly Item[]> {
  return queryAll(db, {
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: beginning === undefined ? '#pk = :pk' : '#pk = :pk AND begins_with(#sk, :sk)',
    ExpressionAttributeNames: { '#pk': 'pk', ...(beginning !== undefined && { '#sk': 'sk' }) },
    ExpressionAttributeValues: {
      ':pk': text(partition),
      ...(beginning !== undefined && { ':sk': text(beginning) }),
    },
  });
}

/** One Query, whatever the table holds. */
export async function queryPage(db: Database, query: QueryCommandInput): Promise<ItemPage> {
  const command = new QueryCommand(query);
  const { Items: items = [], LastEvaluatedKey: lastKey } = await db.retry(() => db.client.send(command));
  return { items, more: lastKey !== undefined, lastKey };
}
