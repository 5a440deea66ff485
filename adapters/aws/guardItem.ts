import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Grant } from '../../core/grant.ts';
import type { Hold } from '../../core/oauth/ports.ts';
import type { Item } from './item.ts';
import { text, ttlAfter, whole } from './item.ts';
import { ITEM_TYPE, KEEP_SECONDS } from './tables.ts';

/**
 * Guards of a grant that is lent by tokens: copies of what issuing looks at, several of the same. Whoever moves the
 * grant writes all of them; whoever issues checks one, chosen at random. DynamoDB lets one transaction at a time have an
 * item, also to check it: by one item alone, each issuing of a grant would wait for the one before.
 *
 *     transition   GRANT  GUARD#0  GUARD#1  …  GUARD#7     write all
 *     issuing                      GUARD#1                 check
 *     issuing                                  GUARD#7     check
 *
 * Nobody reads them: a grant's state is in its item alone. AWS grants have none; their sessions are counted anyway.
 */

const GUARDS = 8;

const guardKey = (grantId: string, guard: number): Item => ({
  pk: text(`GRANT#${grantId}`),
  sk: text(`GUARD#${guard}`),
});

/** Updates, as the grant's own is one: who may move a grant, and make none, needs no more than that. */
function writeGuard(table: string, { id, state, version, narrowings }: Grant, guard: number): TransactWriteItem {
  const attributes: Item = {
    type: text(ITEM_TYPE.guard),
    status: text(state.status),
    version: whole(version),
    narrowings: whole(narrowings),
    ...('endedAt' in state && { ttl: ttlAfter(state.endedAt, KEEP_SECONDS.grant) }),
  };
  const names = Object.keys(attributes);
  return {
    Update: {
      TableName: table,
      Key: guardKey(id, guard),
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [`:${name}`, value]),
      ),
    },
  };
}

/** All guards of the grant as it is from now on. Its own item's condition decides whether it may become so. */
export const guardsOf = (table: string, grant: Grant): TransactWriteItem[] =>
  grant.roleArn === undefined ? Array.from({ length: GUARDS }, (_, guard) => writeGuard(table, grant, guard)) : [];

/** What the item of a grant, or of one of its guards, must be like. */
const HELD = {
  /** It is active, and nobody moved it since it was read. */
  version: '#status = :active AND #version = :version',
  /** It is active, and nobody narrowed it since. */
  narrowings: '#status = :active AND #narrowings = :narrowings',
};

export const holdNames = ({ at }: Hold): Record<string, string> => ({
  '#status': 'status',
  ...('version' in at ? { '#version': 'version' } : { '#narrowings': 'narrowings' }),
});

export const holdValues = ({ at }: Hold): Item => ({
  ':active': text('active'),
  ...('version' in at ? { ':version': whole(at.version) } : { ':narrowings': whole(at.narrowings) }),
});

export const holdCondition = ({ at }: Hold): string => ('version' in at ? HELD.version : HELD.narrowings);

/** @param random uniform in [0, 1) */
export const checkHold = (table: string, hold: Hold, random: () => number): TransactWriteItem => ({
  ConditionCheck: {
    TableName: table,
    Key: guardKey(hold.grantId, Math.floor(random() * GUARDS)),
    ConditionExpression: holdCondition(hold),
    ExpressionAttributeNames: holdNames(hold),
    ExpressionAttributeValues: holdValues(hold),
  },
});
