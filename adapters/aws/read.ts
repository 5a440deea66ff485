import type { AttributeValue, QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Database } from './database.ts';
import type { Item } from './item.ts';

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

/** One Query, whatever the table holds. */
export async function queryPage(db: Database, query: QueryCommandInput): Promise<ItemPage> {
  const command = new QueryCommand(query);
  const { Items: items = [], LastEvaluatedKey: lastKey } = await db.retry(() => db.client.send(command));
  return { items, more: lastKey !== undefined, lastKey };
}
