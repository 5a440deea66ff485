import type { Grant } from '../../core/grant.ts';
import type { Page, PageRequest } from '../../core/ports.ts';
import { cursorAt, positionIn } from '../listing/cursor.ts';
import { GRANT_POSITION, grantPosition } from '../listing/position.ts';
import type { Database } from './database.ts';
import { fromGrantItem, grantKey } from './grantItem.ts';
import { text } from './item.ts';
import { queryPage } from './read.ts';
import type { GRANTS_TABLE } from './tables.ts';

type Indexes = typeof GRANTS_TABLE.indexes;
/** An index of whole grants by time of request. */
type GrantIndex = Indexes['byRequester' | 'byBucket' | 'byQuestion' | 'bySubject'];

/** Grants of one partition of an index, newest first: one query, eventually consistent. */
export async function grantsAt(
  db: Database,
  table: string,
  index: GrantIndex,
  partition: string,
  limit: number,
  after: { readonly position: string; readonly id: string } | undefined,
): Promise<{ readonly grants: readonly Grant[]; readonly more: boolean }> {
  const { items, more } = await queryPage(db, {
    TableName: table,
    IndexName: index.name,
    KeyConditionExpression: '#partition = :partition',
    ExpressionAttributeNames: { '#partition': index.partitionKey.name },
    ExpressionAttributeValues: { ':partition': text(partition) },
    ScanIndexForward: false,
    Limit: limit,
    ExclusiveStartKey: after && {
      ...grantKey(after.id),
      [index.partitionKey.name]: text(partition),
      position: text(after.position),
    },
  });
  return { grants: items.map(fromGrantItem), more };
}

/** A page of one partition. @throws WritError `invalid_request` for a cursor of another list */
export async function listGrants(
  db: Database,
  table: string,
  index: GrantIndex,
  partition: string,
  { limit, cursor }: PageRequest,
): Promise<Page<Grant>> {
  const list = `${index.name}|${partition}`;
  const [position, id = ''] = cursor === undefined ? [] : positionIn(list, cursor, GRANT_POSITION);
  const after = position === undefined ? undefined : { position, id };
  const { grants, more } = await grantsAt(db, table, index, partition, limit, after);
  const last = grants.at(-1);
  return { items: grants, ...(more && last && { cursor: cursorAt(list, grantPosition(last)) }) };
}
