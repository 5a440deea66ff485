import type { IdempotencyRecord } from '../../core/ports.ts';
import { oneOf } from './decode.ts';
import type { Item } from './item.ts';
import { reading, text, ttlAfter, whole } from './item.ts';
import { ITEM_TYPE } from './tables.ts';

/**
 * The idempotency item. It answers for as long as it is there, at least until `keepUntil`: an answer repeated longer
 * than promised harms nobody, so reading checks no time.
 */

export const idempotencyKey = (keySha256: string): Item => ({
  pk: text(`IDEMPOTENCY#${keySha256}`),
  sk: text('IDEMPOTENCY'),
});

export const toIdempotencyItem = (record: IdempotencyRecord): Item => ({
  ...idempotencyKey(record.keySha256),
  type: text(ITEM_TYPE.idempotency),
  keySha256: text(record.keySha256),
  bodySha256: text(record.bodySha256),
  responseStatus: whole(record.response.status),
  responseBody: text(record.response.body),
  keepUntil: whole(record.keepUntil),
  ttl: ttlAfter(record.keepUntil, 0),
});

/** @throws MalformedItem */
export function fromIdempotencyItem(item: Item): IdempotencyRecord {
  return reading('idempotency record', item, (read) => {
    read.oneOf('type', oneOf(ITEM_TYPE.idempotency));
    return {
      keySha256: read.text('keySha256'),
      bodySha256: read.text('bodySha256'),
      response: { status: read.number('responseStatus'), body: read.text('responseBody') },
      keepUntil: read.number('keepUntil'),
    };
  });
}
