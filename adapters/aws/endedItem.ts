import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { TokenRecord } from '../../core/oauth/accessToken.ts';
import { IS_NEW, put } from './commit.ts';
import type { Item } from './item.ts';
import { text, ttlAfter } from './item.ts';
import { ITEM_TYPE, KEEP_SECONDS } from './tables.ts';
import { tokensOfGrant } from './tokenItem.ts';

/**
 * That a token was revoked, said by several items of the same, none of which is there before. Whoever revokes it writes
 * all of them; whoever exchanges it checks that one, chosen at random, is not there. DynamoDB lets one transaction at a
 * time have an item, also to check it: by the token's own, each exchange of a token would wait for the one before.
 *
 *     revocation   TOKEN  ENDED#0  ENDED#1  …  ENDED#7     write all
 *     exchange                     ENDED#1                 check
 *     exchange                                 ENDED#7     check
 *
 * Nobody reads them: whether a token was revoked is in its item alone. A token that nobody revokes has none.
 */

const SIGNS = 8;

type Named = Pick<TokenRecord, 'grantId' | 'jti'>;

const endedKey = ({ grantId, jti }: Named, sign: number): Item => ({
  pk: text(tokensOfGrant(grantId)),
  sk: text(`ENDED#${jti}#${sign}`),
});

/** All signs of the end of a token. The condition of its own item decides whether it ends. */
export const endOf = (table: string, token: TokenRecord): TransactWriteItem[] =>
  Array.from({ length: SIGNS }, (_, sign) =>
    put(table, {
      ...endedKey(token, sign),
      type: text(ITEM_TYPE.ended),
      ttl: ttlAfter(token.expiresAt, KEEP_SECONDS.token),
    }),
  );

/**
 * That a token which another is exchanged for is not revoked. It was there when it was read, and stays for longer than
 * anything that comes of it.
 *
 * @param random uniform in [0, 1)
 */
export const checkNotEnded = (table: string, token: Named, random: () => number): TransactWriteItem => ({
  ConditionCheck: {
    TableName: table,
    Key: endedKey(token, Math.floor(random() * SIGNS)),
    ConditionExpression: IS_NEW,
  },
});
