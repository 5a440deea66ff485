import type { Item } from './item.ts';
import { text, ttlAfter, whole } from './item.ts';
import { sha256 } from './sha256.ts';
import { ITEM_TYPE, KEEP_SECONDS } from './tables.ts';

/**
 * Marks of what may happen once, and occurrences of what is counted. What they are for may hold ids of people and be of
 * any length: the key has its hash. A mark that stays longer than promised harms nobody, so reading checks no time.
 */

export const markKey = (mark: string): Item => ({ pk: text(`ONCE#${sha256(mark)}`), sk: text('ONCE') });

export const toMarkItem = (mark: string, until: number): Item => ({
  ...markKey(mark),
  type: text(ITEM_TYPE.once),
  until: whole(until),
  ttl: ttlAfter(until, 0),
});

export const counterKey = (key: string): string => `COUNT#${sha256(key)}`;

/** Sort keys are in the order of time. */
export const occurrenceAt = (at: number, id = ''): string => `${String(at).padStart(15, '0')}#${id}`;

export const toOccurrenceItem = (
  key: string,
  { id, at }: { readonly id: string; readonly at: number },
  since: number,
): Item => ({
  pk: text(counterKey(key)),
  sk: text(occurrenceAt(at, id)),
  type: text(ITEM_TYPE.occurrence),
  // Later ones look back on it for as long as it looks back itself.
  ttl: ttlAfter(at + Math.max(0, at - since), KEEP_SECONDS.occurrence),
});
