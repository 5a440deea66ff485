import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Grant } from '../../core/grant.ts';
import type { Item } from './item.ts';
import { text, ttlAfter, whole } from './item.ts';
import { ITEM_TYPE, KEEP_SECONDS } from './tables.ts';

/**
 * How many requests of a person wait for people: a set of their grants' ids, whose size is the count. A set, because
 * giving back what is not held does nothing: a repeated release takes no other grant's place, and none fails.
 */

const pendingKey = (person: string): Item => ({ pk: text(`PENDING#${person}`), sk: text('PENDING') });

const NAMES = { '#type': 'type', '#holders': 'holders', '#ttl': 'ttl' };

/** The grant takes a place, if fewer than `max` are taken. */
export const takeSlot = (table: string, person: string, max: number, grant: Grant): TransactWriteItem => ({
  Update: {
    TableName: table,
    Key: pendingKey(person),
    UpdateExpression: 'ADD #holders :holder SET #type = :type, #ttl = :ttl',
    ConditionExpression: 'attribute_not_exists(#holders) OR size(#holders) < :max',
    ExpressionAttributeNames: NAMES,
    ExpressionAttributeValues: { ...valuesOf(grant), ':max': whole(max) },
  },
});

/** The grant gives its place back, if it has one. */
export const releaseSlot = (table: string, person: string, grant: Grant): TransactWriteItem => ({
  Update: {
    TableName: table,
    Key: pendingKey(person),
    UpdateExpression: 'DELETE #holders :holder SET #type = :type, #ttl = if_not_exists(#ttl, :ttl)',
    ExpressionAttributeNames: NAMES,
    ExpressionAttributeValues: valuesOf(grant),
  },
});

const valuesOf = (grant: Grant): Item => ({
  ':type': text(ITEM_TYPE.pending),
  ':holder': { SS: [grant.id] },
  ':ttl': ttlAfter(grant.requestedAt, KEEP_SECONDS.pending),
});
