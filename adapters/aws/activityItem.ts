import type { Activity } from '../../core/oauth/activity.ts';
import { oneOf } from './decode.ts';
import type { Item } from './item.ts';
import { reading, text, ttlAfter, whole } from './item.ts';
import { ITEM_TYPE, KEEP_SECONDS } from './tables.ts';
import { tokensOfGrant } from './tokenItem.ts';

/**
 * What a resource server told, and the mark of the request that told it. Both stand where a grant's tokens do, so that
 * who hears of activity can write no grant; both go when the grant's text goes, counted from when they were told.
 */

export const ACTIVITIES = 'ACTIVITY#';

export const activityKey = (grantId: string, id: string): Item => ({
  pk: text(tokensOfGrant(grantId)),
  sk: text(`${ACTIVITIES}${id}`),
});

export const toActivityItem = (activity: Activity, toldAt: number): Item => ({
  ...activityKey(activity.grantId, activity.id),
  type: text(ITEM_TYPE.activity),
  id: text(activity.id),
  grantId: text(activity.grantId),
  jti: text(activity.jti),
  server: text(activity.server),
  operation: text(activity.operation),
  resource: text(activity.resource),
  outcome: text(activity.outcome),
  at: whole(activity.at),
  ttl: ttlAfter(toldAt, KEEP_SECONDS.grant),
});

/** @throws MalformedItem */
export function fromActivityItem(item: Item): Activity {
  return reading('activity', item, (read) => {
    read.oneOf('type', oneOf(ITEM_TYPE.activity));
    return {
      id: read.text('id'),
      grantId: read.text('grantId'),
      jti: read.text('jti'),
      server: read.text('server'),
      operation: read.text('operation'),
      resource: read.text('resource'),
      outcome: read.oneOf('outcome', oneOf('succeeded', 'failed', 'refused')),
      at: read.number('at'),
    };
  });
}

/** That this request was told, and as which activity. Names nobody. */
export const toToldItem = ({ grantId, id }: Activity, requestSha256: string, toldAt: number): Item => ({
  pk: text(tokensOfGrant(grantId)),
  sk: text(`TOLD#${requestSha256}`),
  type: text(ITEM_TYPE.told),
  id: text(id),
  ttl: ttlAfter(toldAt, KEEP_SECONDS.grant),
});

/** The id of the activity as which it was told. @throws MalformedItem */
export const idOfTold = (item: Item): string =>
  reading('told activity', item, (read) => {
    read.oneOf('type', oneOf(ITEM_TYPE.told));
    return read.text('id');
  });
