import type { GrantStore } from '../../core/ports.ts';
import type { Database } from './database.ts';
import { listGrants } from './grantPages.ts';
import { fromIntentItem } from './intentItem.ts';
import type { Item } from './item.ts';
import { MalformedItem, text, whole } from './item.ts';
import { queryAll } from './read.ts';
import { GRANTS_TABLE, ITEM_TYPE } from './tables.ts';

export type GrantLists = Pick<GrantStore, 'listByRequester' | 'listByBucket' | 'dueGrants' | 'openIntents'>;

const { byRequester, byBucket, due } = GRANTS_TABLE.indexes;

/** The lists of the grants table: one query of one index a page, eventually consistent. */
export function dynamoLists(db: Database, table: string): GrantLists {
  return {
    listByRequester: (requester, page) => listGrants(db, table, byRequester, requester, page),
    listByBucket: (bucket, page) => listGrants(db, table, byBucket, bucket, page),

    async *dueGrants(now, batch) {
      for await (const items of whatIsDue(ITEM_TYPE.grant, '<=', now, batch)) yield items.map(idOf);
    },

    async *openIntents(before, batch) {
      for await (const items of whatIsDue(ITEM_TYPE.intent, '<', before, batch)) yield items.map(fromIntentItem);
    },
  };

  function whatIsDue(kind: string, comparison: '<' | '<=', time: number, batch: number) {
    return queryAll(db, {
      TableName: table,
      IndexName: due.name,
      KeyConditionExpression: `#kind = :kind AND #at ${comparison} :time`,
      ExpressionAttributeNames: { '#kind': due.partitionKey.name, '#at': due.sortKey.name },
      ExpressionAttributeValues: { ':kind': text(kind), ':time': whole(time) },
      Limit: batch,
    });
  }
}

function idOf(item: Item): string {
  const id = item['id']?.S;
  if (id === undefined) throw new MalformedItem('grant', item['pk']?.S ?? '?', 'it has no `id`');
  return id;
}
