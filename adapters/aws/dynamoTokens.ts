import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { TokenStore } from '../../core/oauth/ports.ts';
import { tokenOverAt } from '../../core/oauth/afterlife.ts';
import type { TableNames } from './commit.ts';
import { commit } from './commit.ts';
import type { Database, DynamoOptions } from './database.ts';
import { databaseOf } from './database.ts';
import { endOf } from './endedItem.ts';
import { familyKey, fromFamilyItem } from './familyItem.ts';
import { fromGrantItem, grantKey } from './grantItem.ts';
import type { Item } from './item.ts';
import { MalformedItem, text, whole } from './item.ts';
import { rateKey, rateTtl, toPresentedItem } from './presentedItem.ts';
import { putOnce } from './putOnce.ts';
import { partitionOf, queryAll, readItem, readItems } from './read.ts';
import { fromRevokedItem, listToken, mattersAfter, REVOKED_PARTITIONS } from './revokedItem.ts';
import { ITEM_TYPE } from './tables.ts';
import { fromTokenItem, revocation, tokenKey, TOKENS, tokensOfGrant } from './tokenItem.ts';
import { consume, issueToken, revokeFamily } from './writes/tokens.ts';

/** Tokens, refresh families and what was presented, in DynamoDB. @throws as the grant store does */
export function createDynamoTokens(options: DynamoOptions & TableNames): TokenStore {
  const { grantsTable, auditTable } = options;
  const db = { ...databaseOf(options), grantsTable, auditTable };
  return {
    issueToken: (change) => issueToken(db, change),
    consume: (change) => consume(db, change),

    async tokenState(jti, lineage) {
      const own = lineage.at(-1);
      if (own === undefined) throw new TypeError('a token has a grant');
      const keys = [tokenKey({ grantId: own, jti }), ...lineage.map(grantKey)];
      const found = await readItems(db, grantsTable, keys);
      const [token, ...grants] = keys.map(({ pk, sk }) =>
        found.find((item) => item['pk']?.S === pk?.S && item['sk']?.S === sk?.S),
      );
      return {
        token: token && fromTokenItem(token),
        grants: grants.filter((item) => item !== undefined).map(fromGrantItem),
      };
    },

    async revokeToken(token, at, leaf) {
      const changes = [revocation(grantsTable, token, at), ...endOf(grantsTable, token), listToken(grantsTable, token)];
      const outcome = await commit(db, { leaves: [leaf], changes });
      return outcome.result === 'committed' ? 'revoked' : 'already';
    },

    async *tokensOf(grantId, now) {
      for await (const items of partitionOf(db, grantsTable, tokensOfGrant(grantId), TOKENS)) {
        const tokens = items.map(fromTokenItem);
        const live = tokens.filter((token) => token.revokedAt === undefined && tokenOverAt(token) > now);
        if (live.length > 0) yield live;
      }
    },

    async familyById(id) {
      const item = await readItem(db, grantsTable, familyKey(id));
      return item && fromFamilyItem(item);
    },

    revokeFamily: (from, to, leaf, marks) => revokeFamily(db, { from, to, leaf, marks }),

    async *revoked(now) {
      for (const partition of REVOKED_PARTITIONS) {
        for await (const items of revokedIn(db, grantsTable, partition, now)) yield items.map(fromRevokedItem);
      }
    },

    presentOnce: (mark) => putOnce(db, grantsTable, toPresentedItem(mark)),
    countRequest: (key, now) => countRequest(db, grantsTable, key, now),
  };
}

const revokedIn = (db: Database, table: string, partition: string, now: number) =>
  queryAll(db, {
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: '#pk = :pk AND #sk > :sk',
    ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
    ExpressionAttributeValues: { ':pk': text(partition), ':sk': text(mattersAfter(now)) },
  });

/** A repeat after a lost answer may count twice: too many rather than too few. */
async function countRequest(db: Database, table: string, key: string, now: number): Promise<number> {
  const update = new UpdateItemCommand({
    TableName: table,
    Key: rateKey(key, now),
    UpdateExpression: 'ADD #count :one SET #type = :type, #ttl = :ttl',
    ExpressionAttributeNames: { '#count': 'count', '#type': 'type', '#ttl': 'ttl' },
    ExpressionAttributeValues: { ':one': whole(1), ':type': text(ITEM_TYPE.rate), ':ttl': rateTtl(now) },
    ReturnValues: 'UPDATED_NEW',
  });
  const { Attributes } = await db.retry(() => db.client.send(update));
  return counted(Attributes);
}

function counted(attributes: Item | undefined): number {
  const count = Number(attributes?.['count']?.N);
  if (!Number.isSafeInteger(count)) throw new MalformedItem('rate', 'count', 'it has no whole number');
  return count;
}
