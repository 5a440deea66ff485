import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { TokenRecord } from '../../core/oauth/accessToken.ts';
import { list, oneOf, string } from './decode.ts';
import type { Item } from './item.ts';
import { json, reading, text, ttlAfter, whole } from './item.ts';
import { ITEM_TYPE, KEEP_SECONDS } from './tables.ts';

/**
 * The token item, and the uses of a token. They are no part of their grant's partition, so that who may write tokens can
 * write no grant. `uses` is a counter of its own: a revocation loses no count.
 */

export const tokensOfGrant = (grantId: string): string => `TOKENS#${grantId}`;
export const TOKENS = 'TOKEN#';

export const tokenKey = ({ grantId, jti }: Pick<TokenRecord, 'grantId' | 'jti'>): Item => ({
  pk: text(tokensOfGrant(grantId)),
  sk: text(`${TOKENS}${jti}`),
});

export const toTokenItem = (token: TokenRecord): Item => ({
  ...tokenKey(token),
  type: text(ITEM_TYPE.token),
  jti: text(token.jti),
  grantId: text(token.grantId),
  clientId: text(token.clientId),
  statusIndex: whole(token.statusIndex),
  issuedAt: whole(token.issuedAt),
  expiresAt: whole(token.expiresAt),
  narrowings: whole(token.narrowings),
  ...(token.family !== undefined && { family: text(token.family) }),
  ...(token.origins && { origins: json(token.origins) }),
  ...(token.revokedAt !== undefined && { revokedAt: whole(token.revokedAt) }),
  uses: whole(token.uses),
  ttl: ttlAfter(token.expiresAt, KEEP_SECONDS.token),
});

/** @throws MalformedItem */
export function fromTokenItem(item: Item): TokenRecord {
  return reading('token', item, (read) => {
    read.oneOf('type', oneOf(ITEM_TYPE.token));
    const family = read.optionalText('family');
    const origins = read.optionalJson('origins', list(string));
    const revokedAt = read.optionalNumber('revokedAt');
    return {
      jti: read.text('jti'),
      grantId: read.text('grantId'),
      clientId: read.text('clientId'),
      statusIndex: read.number('statusIndex'),
      issuedAt: read.number('issuedAt'),
      expiresAt: read.number('expiresAt'),
      narrowings: read.number('narrowings'),
      ...(family !== undefined && { family }),
      ...(origins && { origins }),
      ...(revokedAt !== undefined && { revokedAt }),
      uses: read.number('uses'),
    };
  });
}

/** It is there, and nobody revoked it. */
const LIVE = 'attribute_exists(pk) AND attribute_not_exists(#revokedAt)';

/** Revokes it, if nobody has. */
export const revocation = (table: string, token: TokenRecord, at: number): TransactWriteItem => ({
  Update: {
    TableName: table,
    Key: tokenKey(token),
    UpdateExpression: 'SET #revokedAt = :at',
    ConditionExpression: LIVE,
    ExpressionAttributeNames: { '#revokedAt': 'revokedAt' },
    ExpressionAttributeValues: { ':at': whole(at) },
  },
});

/** One more use, if it is not revoked and, where it is counted, has one left. Shows the token if not. */
export const useOf = (table: string, token: TokenRecord, maxUses: number | undefined): TransactWriteItem => ({
  Update: {
    TableName: table,
    Key: tokenKey(token),
    UpdateExpression: 'ADD #uses :one',
    ConditionExpression: maxUses === undefined ? LIVE : `${LIVE} AND #uses < :max`,
    ExpressionAttributeNames: { '#uses': 'uses', '#revokedAt': 'revokedAt' },
    ExpressionAttributeValues: { ':one': whole(1), ...(maxUses !== undefined && { ':max': whole(maxUses) }) },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  },
});

/** That a resource server's request spent a use of the token. */
export const toSpentItem = (token: TokenRecord, requestSha256: string): Item => ({
  pk: text(tokensOfGrant(token.grantId)),
  sk: text(`SPENT#${token.jti}#${requestSha256}`),
  type: text(ITEM_TYPE.spent),
  ttl: ttlAfter(token.expiresAt, KEEP_SECONDS.token),
});
