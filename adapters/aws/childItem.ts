import type { Grant } from '../../core/grant.ts';
import { oneOf } from './decode.ts';
import type { Item } from './item.ts';
import { reading, text, ttlAfter } from './item.ts';
import { ITEM_TYPE, KEEP_SECONDS } from './tables.ts';

/** The pointer from a grant to one that was lent on from it. It only finds: the child itself says what it hangs on. */

export const grantPartition = (grantId: string): string => `GRANT#${grantId}`;
export const CHILDREN = 'CHILD#';

export const toChildItem = (parentId: string, child: Pick<Grant, 'id' | 'requestedAt'>): Item => ({
  pk: text(grantPartition(parentId)),
  sk: text(`${CHILDREN}${child.id}`),
  type: text(ITEM_TYPE.child),
  grantId: text(child.id),
  ttl: ttlAfter(child.requestedAt, KEEP_SECONDS.pointer),
});

/** The child's id. @throws MalformedItem */
export const idOfChild = (item: Item): string =>
  reading('child', item, (read) => {
    read.oneOf('type', oneOf(ITEM_TYPE.child));
    return read.text('grantId');
  });
