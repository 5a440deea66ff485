import type { AuditReader } from '../../core/ports.ts';
import { cursorAt, positionIn } from '../listing/cursor.ts';
import { DAY_POSITION, dayPosition, LEAF_POSITION, leafPosition } from '../listing/position.ts';
import type { DynamoOptions } from './database.ts';
import { databaseOf } from './database.ts';
import type { Item } from './item.ts';
import { text } from './item.ts';
import { fromLeafItem } from './leafItem.ts';
import { queryPage } from './read.ts';
import { AUDIT_TABLE } from './tables.ts';

const { byDay } = AUDIT_TABLE.indexes;

/** Leaves in DynamoDB, for reading. @throws as the store does, and `invalid_request` for a foreign cursor. */
export function createDynamoAuditReader(options: DynamoOptions & { readonly auditTable: string }): AuditReader {
  const db = databaseOf(options);
  const { auditTable } = options;
  return {
    async ofStream(stream, { limit, cursor }) {
      const list = `stream|${stream}`;
      const { items, more } = await queryPage(db, {
        TableName: auditTable,
        ConsistentRead: true,
        KeyConditionExpression: '#pk = :stream',
        ExpressionAttributeNames: { '#pk': 'pk' },
        ExpressionAttributeValues: { ':stream': text(stream) },
        Limit: limit,
        ExclusiveStartKey: cursor === undefined ? undefined : afterInStream(stream, list, cursor),
      });
      const leaves = items.map(fromLeafItem);
      const last = leaves.at(-1);
      return { items: leaves, ...(more && last && { cursor: cursorAt(list, leafPosition(last)) }) };
    },

    async ofDay(day, { limit, cursor }) {
      const list = `day|${day}`;
      const { items, more } = await queryPage(db, {
        TableName: auditTable,
        IndexName: byDay.name,
        KeyConditionExpression: '#day = :day',
        ExpressionAttributeNames: { '#day': byDay.partitionKey.name },
        ExpressionAttributeValues: { ':day': text(day) },
        Limit: limit,
        ExclusiveStartKey: cursor === undefined ? undefined : afterInDay(day, list, cursor),
      });
      const leaves = items.map(fromLeafItem);
      const last = leaves.at(-1);
      return { items: leaves, ...(more && last && { cursor: cursorAt(list, dayPosition(last)) }) };
    },
  };
}

function afterInStream(stream: string, list: string, cursor: string): Item {
  const [position] = positionIn(list, cursor, LEAF_POSITION);
  return { pk: text(stream), sk: text(position) };
}

function afterInDay(day: string, list: string, cursor: string): Item {
  const [, id = '', stream = '', position = ''] = positionIn(list, cursor, DAY_POSITION);
  return { day: text(day), id: text(id), pk: text(stream), sk: text(position) };
}
