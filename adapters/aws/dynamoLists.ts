import type { Grant } from '../../core/grant.ts';
import type { GrantStore, Page, PageRequest } from '../../core/ports.ts';
import { cursorAt, positionIn } from '../listing/cursor.ts';
import { GRANT_POSITION, grantPosition } from '../listing/position.ts';
import type { Database } from './database.ts';
import { fromGrantItem, grantKey } from './grantItem.ts';
import { fromIntentItem } from './intentItem.ts';
import type { Item } from './item.ts';
import { MalformedItem, text, whole } from './item.ts';
import { queryPage } from './read.ts';
import { GRANTS_TABLE, ITEM_TYPE } from './tables.ts';

export type GrantLists = Pick<GrantStore, 'listByRequester' | 'listByBucket' | 'dueGrants' | 'openIntents'>;

const { byRequester, byBucket, due } = GRANTS_TABLE.indexes;

/** The lists of the grants table: one query of one index a page, eventually consistent. */
export function dynamoLists(db: Database, table: string): GrantLists {
  return {
    listByRequester: (requester, page) => listGrants(byRequester, requester, page),
    listByBucket: (bucket, page) => listGrants(byBucket, bucket, page),

    async *dueGrants(now, batch) {
      for await (const items of whatIsDue(ITEM_TYPE.grant, '<=', now, batch)) yield items.map(idOf);
    },

    async *openIntents(before, batch) {
      for await (const items of whatIsDue(ITEM_TYPE.intent, '<', before, batch)) yield items.map(fromIntentItem);
    },
  };

  /** Newest first. */
  async function listGrants(
    index: typeof byRequester | typeof byBucket,
    partition: string,
    { limit, cursor }: PageRequest,
  ): Promise<Page<Grant>> {
    const list = `${index.name}|${partition}`;
    const { items, more } = await queryPage(db, {
      TableName: table,
      IndexName: index.name,
      KeyConditionExpression: '#partition = :partition',
      ExpressionAttributeNames: { '#partition': index.partitionKey.name },
      ExpressionAttributeValues: { ':partition': text(partition) },
      ScanIndexForward: false,
      Limit: limit,
      ExclusiveStartKey:
        cursor === undefined ? undefined : startAfter(index.partitionKey.name, partition, list, cursor),
    });
    const grants = items.map(fromGrantItem);
    const last = grants.at(-1);
    return { items: grants, ...(more && last && { cursor: cursorAt(list, grantPosition(last)) }) };
  }

  /** One query a batch, each only when the one before has been worked on. */
  async function* whatIsDue(
    kind: string,
    comparison: '<' | '<=',
    time: number,
    batch: number,
  ): AsyncGenerator<readonly Item[]> {
    let after: Item | undefined;
    do {
      const { items, lastKey } = await queryPage(db, {
        TableName: table,
        IndexName: due.name,
        KeyConditionExpression: `#kind = :kind AND #at ${comparison} :time`,
        ExpressionAttributeNames: { '#kind': due.partitionKey.name, '#at': due.sortKey.name },
        ExpressionAttributeValues: { ':kind': text(kind), ':time': whole(time) },
        Limit: batch,
        ExclusiveStartKey: after,
      });
      if (items.length > 0) yield items;
      after = lastKey;
    } while (after);
  }
}

function startAfter(partitionKey: string, partition: string, list: string, cursor: string): Item {
  const [position, id = ''] = positionIn(list, cursor, GRANT_POSITION);
  return { ...grantKey(id), [partitionKey]: text(partition), position: text(position) };
}

function idOf(item: Item): string {
  const id = item['id']?.S;
  if (id === undefined) throw new MalformedItem('grant', item['pk']?.S ?? '?', 'it has no `id`');
  return id;
}
