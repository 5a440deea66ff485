import type { SealedKey } from '../../core/breakGlass.ts';
import type { Decoder } from './decode.ts';
import { list, number, object, oneOf, string } from './decode.ts';
import { person, principalId } from './grantDocuments.ts';
import type { Item } from './item.ts';
import { json, reading, text } from './item.ts';
import { ITEM_TYPE } from './tables.ts';

/**
 * The sealed key by its id, and the pointer to it from its owner. Both stay for good: a removed key can't be registered
 * again.
 */

export const sealedKeyKey = (id: string): Item => ({ pk: text(`KEY#${id}`), sk: text('KEY') });
export const ownerKey = (owner: string): string => `KEYS#${owner}`;

export const toSealedKeyItem = ({ removedAt: _, ...key }: SealedKey): Item => ({
  ...sealedKeyKey(key.id),
  type: text(ITEM_TYPE.sealedKey),
  key: json(key),
});

export const toKeyOwnerItem = ({ id, owner }: SealedKey): Item => ({
  pk: text(ownerKey(owner.id)),
  sk: text(`KEY#${id}`),
  type: text(ITEM_TYPE.keyOwner),
  id: text(id),
});

const document: Decoder<Omit<SealedKey, 'removedAt'>> = object({
  id: string,
  owner: person,
  groups: list(string),
  project: string,
  publicKey: object({ x: string, y: string }),
  holder: oneOf('agent', 'fido'),
  label: string,
  registeredAt: number,
  registeredBy: principalId,
});

/** @throws MalformedItem */
export function fromSealedKeyItem(item: Item): SealedKey {
  return reading('sealed key', item, (read) => {
    read.oneOf('type', oneOf(ITEM_TYPE.sealedKey));
    const removedAt = read.optionalNumber('removedAt');
    return { ...read.json('key', document), ...(removedAt !== undefined && { removedAt }) };
  });
}

/** The key's id. @throws MalformedItem */
export function keyOfOwner(item: Item): string {
  return reading('key pointer', item, (read) => {
    read.oneOf('type', oneOf(ITEM_TYPE.keyOwner));
    return read.text('id');
  });
}
