import type { Activity, ActivityStore } from '../../core/oauth/activity.ts';
import { cursorAt, positionIn } from '../listing/cursor.ts';
import { ACTIVITY_POSITION } from '../listing/position.ts';
import { ACTIVITIES, activityKey, fromActivityItem, idOfTold, toActivityItem, toToldItem } from './activityItem.ts';
import type { TableNames } from './commit.ts';
import { commitNamed, putNew } from './commit.ts';
import type { DynamoOptions } from './database.ts';
import { databaseOf } from './database.ts';
import type { Item } from './item.ts';
import { MalformedItem, text } from './item.ts';
import { queryPage, readItems } from './read.ts';
import { tokensOfGrant } from './tokenItem.ts';

/**
 * What was done under tokens, in DynamoDB: one transaction of the activity, its leaf and the request's mark.
 *
 * @throws (every method) as the grant store does, and `invalid_request` for a foreign cursor
 */
export function createDynamoActivities(options: DynamoOptions & TableNames): ActivityStore {
  const { grantsTable, auditTable } = options;
  const db = { ...databaseOf(options), grantsTable, auditTable };

  /** What the request was first told as. Its mark and the activity came together, so both are there. */
  async function firstTold({ grantId }: Activity, told: Item): Promise<Activity> {
    const id = idOfTold(told);
    const [item] = await readItems(db, grantsTable, [activityKey(grantId, id)]);
    if (!item) throw new MalformedItem('told activity', id, 'its activity is not there');
    return fromActivityItem(item);
  }

  return {
    async record({ activity, requestSha256, leaf }) {
      const told = putNew(grantsTable, toToldItem(activity, requestSha256, leaf.at));
      const outcome = await commitNamed(db, {
        leaves: [leaf],
        changes: [],
        companions: [
          { by: 'told', write: told },
          { by: 'activity', write: putNew(grantsTable, toActivityItem(activity, leaf.at)) },
        ],
      });
      if (outcome.result === 'committed') return activity;
      if (outcome.result === 'refused' && outcome.standing) return firstTold(activity, outcome.standing);
      // An activity's id is its leaf's: 80 random bits of this very call.
      throw new Error('an activity is recorded once');
    },

    async activitiesOf(grantId, { limit, cursor }) {
      const list = `activities|${grantId}`;
      const { items, more } = await queryPage(db, {
        TableName: grantsTable,
        ConsistentRead: true,
        KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :sk)',
        ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
        ExpressionAttributeValues: { ':pk': text(tokensOfGrant(grantId)), ':sk': text(ACTIVITIES) },
        Limit: limit,
        ExclusiveStartKey:
          cursor === undefined ? undefined : activityKey(grantId, positionIn(list, cursor, ACTIVITY_POSITION)[0]),
      });
      const activities = items.map(fromActivityItem);
      const last = activities.at(-1);
      return { items: activities, ...(more && last && { cursor: cursorAt(list, last.id) }) };
    },
  };
}
