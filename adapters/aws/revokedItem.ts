import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Grant } from '../../core/grant.ts';
import type { TokenRecord } from '../../core/oauth/accessToken.ts';
import { endedTokensOf, tokenOverAt } from '../../core/oauth/afterlife.ts';
import type { Revoked } from '../../core/oauth/ports.ts';
import { put } from './commit.ts';
import { oneOf } from './decode.ts';
import type { Item } from './item.ts';
import { reading, text, ttlAfter, whole } from './item.ts';
import { sha256 } from './sha256.ts';
import { ITEM_TYPE, KEEP_SECONDS } from './tables.ts';

/**
 * What ended early, as items of their own: a few partitions hold them all, in the order of until when they matter. Each
 * is written in the transaction of the end that it tells of, and read strongly consistently, so that a snapshot knows
 * of every end that came before it. An index would follow the table a moment later.
 */

const SHARDS = 4;
const partition = (shard: number): string => `REVOKED#${shard}`;

/** All of them are read; by its id each writer takes one. */
export const REVOKED_PARTITIONS = Array.from({ length: SHARDS }, (_, shard) => partition(shard));

const shardOf = (id: string): number => Number.parseInt(sha256(id).slice(0, 8), 16) % SHARDS;

const time = (at: number): string => String(at).padStart(15, '0');

/** Sort keys of what still matters at `now` are above it. */
export const mattersAfter = (now: number): string => time(now + 1);

const KINDS = oneOf('grant', 'narrowing', 'token');

export function toRevokedItem(revoked: Revoked, until: number): Item {
  const { kind, id, sort, attributes } = partsOf(revoked);
  return {
    pk: text(partition(shardOf(id))),
    sk: text(`${time(until)}#${kind}#${sort}`),
    type: text(ITEM_TYPE.revoked),
    kind: text(kind),
    ...attributes,
    ttl: ttlAfter(until, KEEP_SECONDS.revoked),
  };
}

function partsOf(revoked: Revoked): { kind: string; id: string; sort: string; attributes: Item } {
  if ('token' in revoked) {
    const { jti, statusIndex, expiresAt } = revoked.token;
    const attributes = { jti: text(jti), statusIndex: whole(statusIndex), expiresAt: whole(expiresAt) };
    return { kind: 'token', id: jti, sort: jti, attributes };
  }
  const { grantId: id, narrowings } = revoked;
  const attributes = { grantId: text(id) };
  if (narrowings === undefined) return { kind: 'grant', id, sort: id, attributes };
  return {
    kind: 'narrowing',
    id,
    sort: `${id}#${narrowings}`,
    attributes: { ...attributes, narrowings: whole(narrowings) },
  };
}

/** @throws MalformedItem */
export const fromRevokedItem = (item: Item): Revoked =>
  reading('revocation', item, (read) => {
    read.oneOf('type', oneOf(ITEM_TYPE.revoked));
    switch (read.oneOf('kind', KINDS)) {
      case 'grant':
        return { grantId: read.text('grantId') };
      case 'narrowing':
        return { grantId: read.text('grantId'), narrowings: read.number('narrowings') };
      case 'token':
        return {
          token: {
            jti: read.text('jti'),
            statusIndex: read.number('statusIndex'),
            expiresAt: read.number('expiresAt'),
          },
        };
    }
  });

/** Lists what ended with the grant's becoming so, if any tokens did. */
export function listEnded(table: string, grant: Grant): TransactWriteItem[] {
  const ended = endedTokensOf(grant);
  return ended ? [put(table, toRevokedItem(ended.revoked, ended.until))] : [];
}

export const listToken = (table: string, token: TokenRecord): TransactWriteItem =>
  put(table, toRevokedItem({ token }, tokenOverAt(token)));
