import type { Deny } from '../../core/session.ts';
import { oneOf } from './decode.ts';
import type { Item } from './item.ts';
import { reading, text, ttlAfter, whole } from './item.ts';
import { ITEM_TYPE, KEEP_SECONDS } from './tables.ts';

/** The deny item. All denies of a role are one partition, so the enforcer reads them by one consistent query. */

export const roleKey = (roleArn: string): string => `ROLE#${roleArn}`;

export const denyKey = ({ roleArn, match }: Pick<Deny, 'roleArn' | 'match'>): Item => ({
  pk: text(roleKey(roleArn)),
  sk: text('sourceIdentity' in match ? `DENY#SOURCE#${match.sourceIdentity}` : `DENY#SESSION#${match.sessionName}`),
});

export const toDenyItem = (deny: Deny): Item => ({
  ...denyKey(deny),
  type: text(ITEM_TYPE.deny),
  roleArn: text(deny.roleArn),
  ...('sourceIdentity' in deny.match
    ? { matchKind: text('sourceIdentity'), matchValue: text(deny.match.sourceIdentity) }
    : { matchKind: text('sessionName'), matchValue: text(deny.match.sessionName) }),
  grantId: text(deny.grantId),
  createdAt: whole(deny.createdAt),
  until: whole(deny.until),
  ...(deny.appliedAt !== undefined && { appliedAt: whole(deny.appliedAt) }),
  ttl: ttlAfter(deny.until, KEEP_SECONDS.deny),
});

/** @throws MalformedItem */
export function fromDenyItem(item: Item): Deny {
  return reading('deny', item, (read) => {
    read.oneOf('type', oneOf(ITEM_TYPE.deny));
    const kind = read.oneOf('matchKind', oneOf('sourceIdentity', 'sessionName'));
    const value = read.text('matchValue');
    const appliedAt = read.optionalNumber('appliedAt');
    return {
      roleArn: read.text('roleArn'),
      match: kind === 'sourceIdentity' ? { sourceIdentity: value } : { sessionName: value },
      grantId: read.text('grantId'),
      createdAt: read.number('createdAt'),
      until: read.number('until'),
      ...(appliedAt !== undefined && { appliedAt }),
    };
  });
}

/** The role that a stream record's new image denies sessions of; undefined for an item that is no deny. */
export function roleOfDeny(image: Readonly<Record<string, { S?: string } | undefined>>): string | undefined {
  return image['type']?.S === ITEM_TYPE.deny ? image['roleArn']?.S : undefined;
}
