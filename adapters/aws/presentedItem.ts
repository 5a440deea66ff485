import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { TokenRecord } from '../../core/oauth/accessToken.ts';
import { slotFreeAt } from '../../core/oauth/afterlife.ts';
import type { Mark } from '../../core/oauth/ports.ts';
import { IS_NEW } from './commit.ts';
import type { Item } from './item.ts';
import { text, ttlAfter, whole } from './item.ts';
import { sha256 } from './sha256.ts';
import { ITEM_TYPE, KEEP_SECONDS } from './tables.ts';

/** What a token's issuing leaves behind besides the token: marks of what was presented, and its entry of the list. */

export const toPresentedItem = ({ kind, sha256: hash, until }: Mark): Item => ({
  pk: text(`MARK#${kind}#${hash}`),
  sk: text('MARK'),
  type: text(ITEM_TYPE.mark),
  until: whole(until),
  ttl: ttlAfter(until, 0),
});

/** Takes the entry of the status list, if no token has it, or none has it any more: its time counts, not the cleaner. */
export const takeEntry = (table: string, token: TokenRecord): TransactWriteItem => ({
  Put: {
    TableName: table,
    Item: {
      pk: text(`STATUS#${token.statusIndex}`),
      sk: text('STATUS'),
      type: text(ITEM_TYPE.statusSlot),
      jti: text(token.jti),
      until: whole(slotFreeAt(token)),
      ttl: ttlAfter(slotFreeAt(token), 0),
    },
    ConditionExpression: `${IS_NEW} OR #until <= :now`,
    ExpressionAttributeNames: { '#until': 'until' },
    ExpressionAttributeValues: { ':now': whole(token.issuedAt) },
  },
});

const MINUTE_MS = 60_000;

/** Requests in a minute. The key may name people and be of any length: the item has its hash. */
export const rateKey = (key: string, now: number): Item => ({
  pk: text(`RATE#${sha256(key)}`),
  sk: text(String(Math.floor(now / MINUTE_MS) * MINUTE_MS).padStart(15, '0')),
});

export const rateTtl = (now: number): Item[string] => ttlAfter(now, KEEP_SECONDS.rate);
