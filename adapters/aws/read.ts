import type { AttributeValue, QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Database } from './database.ts';
import type { Item } from './item.ts';
import { text } from './item.ts';

/** One item by its key, strongly consistent. */
export async function readItem(db: Database, table: string, key: Item): Promise<Item | undefined> {
  const get = new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true });
  const { Item: item } = await db.retry(() => db.client.send(get));
  return item;
}

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
