import type { Revoked } from '../../core/oauth/ports.ts';
import type { Item } from './item.ts';
import { oneOf } from './decode.ts';
import { reading } from './item.ts';
import { ITEM_TYPE } from './tables.ts';

const kind = oneOf(ITEM_TYPE.grant, ITEM_TYPE.token);

/**
 * What was revoked, from the index `revoked` as well as from the table's stream: the index follows the table a moment
 * later, so whoever is told by the stream can't count on finding it there. @throws MalformedItem
 */
export const revokedOf = (item: Item): Revoked =>
  reading('revocation', item, (read) => {
    if (read.oneOf('revokedKind', kind) === ITEM_TYPE.grant) return { grantId: read.text('id') };
    return {
      token: {
        jti: read.text('jti'),
        statusIndex: read.number('statusIndex'),
        expiresAt: read.number('expiresAt'),
      },
    };
  });
