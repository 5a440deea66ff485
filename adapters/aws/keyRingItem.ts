import type { KeyRing, Snapshot } from '../../core/oauth/ports.ts';
import { oneOf } from './decode.ts';
import type { Item } from './item.ts';
import { reading, text, whole } from './item.ts';
import { ITEM_TYPE } from './tables.ts';

/** The two items of which there is one each. No time to live: they are replaced, never cleaned up. */

export const RING_KEY: Item = { pk: text('KEYRING'), sk: text('KEYRING') };

export const toRingItem = ({ version, current, since }: KeyRing): Item => ({
  ...RING_KEY,
  type: text(ITEM_TYPE.keyRing),
  version: whole(version),
  current: text(current),
  since: whole(since),
});

/** @throws MalformedItem */
export const fromRingItem = (item: Item): KeyRing =>
  reading('key ring', item, (read) => {
    read.oneOf('type', oneOf(ITEM_TYPE.keyRing));
    return { version: read.number('version'), current: read.text('current'), since: read.number('since') };
  });

export const SNAPSHOT_KEY: Item = { pk: text('SNAPSHOT'), sk: text('SNAPSHOT') };

export const toSnapshotItem = ({ number, jwt, issuedAt, expiresAt }: Snapshot): Item => ({
  ...SNAPSHOT_KEY,
  type: text(ITEM_TYPE.snapshot),
  number: whole(number),
  jwt: text(jwt),
  issuedAt: whole(issuedAt),
  expiresAt: whole(expiresAt),
});

/** @throws MalformedItem */
export const fromSnapshotItem = (item: Item): Snapshot =>
  reading('snapshot', item, (read) => {
    read.oneOf('type', oneOf(ITEM_TYPE.snapshot));
    return {
      number: read.number('number'),
      jwt: read.text('jwt'),
      issuedAt: read.number('issuedAt'),
      expiresAt: read.number('expiresAt'),
    };
  });
