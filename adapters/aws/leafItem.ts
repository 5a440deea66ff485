import type { Leaf } from '../../core/leaf.ts';
import { LEAF_TYPES } from '../../core/leaf.ts';
import { DOMAINS } from '../../core/principal.ts';
import { dayOf, leafPosition } from '../listing/position.ts';
import type { Decoder } from './decode.ts';
import { Misshapen, number, object, oneOf, record, scalar, string } from './decode.ts';
import { outcome, policies } from './grantDocuments.ts';
import type { Item } from './item.ts';
import { json, reading, text } from './item.ts';

/** The leaf item: keys for finding it, and the leaf itself as one document that is never rewritten. */

export const leafKey = (leaf: Pick<Leaf, 'stream' | 'version' | 'role' | 'id'>): Item => ({
  pk: text(leaf.stream),
  sk: text(leafPosition(leaf)),
});

export const toLeafItem = (leaf: Leaf): Item => ({
  ...leafKey(leaf),
  id: text(leaf.id),
  day: text(dayOf(leaf)),
  leaf: json(leaf),
});

const document: Decoder<Leaf> = object(
  {
    id: string,
    stream: string,
    version: number,
    role: oneOf('transition', 'event'),
    type: oneOf(...LEAF_TYPES),
    at: number,
    actor: object({ domain: oneOf(...DOMAINS), hash: string }),
    facts: record(scalar),
  },
  {
    entitlement: string,
    requestSha256: string,
    bundleSha256: string,
    decision: object({ outcome, policies }),
  },
);

/** @throws MalformedItem, also where keys and document disagree: the order of the log hangs on the keys. */
export function fromLeafItem(item: Item): Leaf {
  return reading('leaf', item, (read) => {
    const leaf = read.json('leaf', document);
    if (read.text('id') !== leaf.id) throw new Misshapen('`id`', 'that of `leaf`');
    if (read.text('pk') !== leaf.stream || read.text('sk') !== leafPosition(leaf)) {
      throw new Misshapen('the key', 'that of `leaf`');
    }
    return leaf;
  });
}
