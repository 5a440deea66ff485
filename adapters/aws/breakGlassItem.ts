import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { IS_NEW } from './commit.ts';
import { oneOf } from './decode.ts';
import type { Item } from './item.ts';
import { reading, text } from './item.ts';
import { ITEM_TYPE } from './tables.ts';

/**
 * A use of break-glass that waits for its review. All are one partition: there are few, and their alarms are repeated
 * from one query. No time to live: it goes with its review alone.
 */

export interface OpenUse {
  readonly person: string;
  readonly grantId: string;
}

export const USES = 'BREAKGLASS';

export const useKey = (person: string): Item => ({ pk: text(USES), sk: text(`USE#${person}`) });

/** If the person has none. */
export const openUse = (table: string, { person, grantId }: OpenUse): TransactWriteItem => ({
  Put: {
    TableName: table,
    Item: {
      ...useKey(person),
      type: text(ITEM_TYPE.breakGlassUse),
      person: text(person),
      grantId: text(grantId),
    },
    ConditionExpression: IS_NEW,
  },
});

/** If it is this grant's; one that is gone is closed. */
export const closeUse = (table: string, { person, grantId }: OpenUse): TransactWriteItem => ({
  Delete: {
    TableName: table,
    Key: useKey(person),
    ConditionExpression: `${IS_NEW} OR #grantId = :grantId`,
    ExpressionAttributeNames: { '#grantId': 'grantId' },
    ExpressionAttributeValues: { ':grantId': text(grantId) },
  },
});

/** @throws MalformedItem */
export function fromUseItem(item: Item): OpenUse {
  return reading('break-glass use', item, (read) => {
    read.oneOf('type', oneOf(ITEM_TYPE.breakGlassUse));
    return { person: read.text('person'), grantId: read.text('grantId') };
  });
}
