import { createHash } from 'node:crypto';
import { WritError } from '../../core/errors.ts';

/**
 * Cursors: base64url text of `<binding>.<position>`. The binding is a hash of the list, so that a cursor says nothing
 * of whose list it is and works on no other. The position alone decides where the next page begins: the partition is
 * always the caller's own, never the cursor's.
 */

const SHAPE = /^([0-9a-f]{16})\.([\x21-\x7e]{1,200})$/;

/** @param list what is listed, for example `byBucket|live` */
export const cursorAt = (list: string, position: string): string =>
  Buffer.from(`${bindingOf(list)}.${position}`, 'utf8').toString('base64url');

/**
 * The position that an untrusted cursor names.
 *
 * @throws WritError `invalid_request` for text that is no cursor of this list, or names no position in it.
 */
export function positionIn(list: string, cursor: string, shape: RegExp): RegExpExecArray {
  const bytes = Buffer.from(cursor, 'base64url');
  const [, binding, position = ''] = SHAPE.exec(bytes.toString('latin1')) ?? [];
  const found = shape.exec(position);
  // The decoder skips what is no base64url: only text that encodes back to itself is a cursor.
  if (binding !== bindingOf(list) || !found || bytes.toString('base64url') !== cursor) throw notOfThisList();
  return found;
}

const bindingOf = (list: string): string => createHash('sha256').update(list).digest('hex').slice(0, 16);

export const notOfThisList = (): WritError =>
  new WritError('invalid_request', '`cursor` belongs to no page of this list', {
    remediation: 'Start again without `cursor`.',
  });
