import type { Page, PageRequest } from '../../core/ports.ts';
import { cursorAt, positionIn } from '../listing/cursor.ts';

export interface ListOrder<T> {
  readonly list: string;
  readonly shape: RegExp;
  readonly positionOf: (item: T) => string;
  readonly newestFirst?: boolean;
}

/** The page of `items` that follows the cursor, in the order of their positions. */
export function pageOf<T>(order: ListOrder<T>, items: readonly T[], { limit, cursor }: PageRequest): Page<T> {
  const { list, shape, positionOf, newestFirst = false } = order;
  const sign = newestFirst ? -1 : 1;
  const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -sign : sign);
  const after = cursor === undefined ? undefined : positionIn(list, cursor, shape)[0];
  const rest = items
    .map((item) => ({ item, position: positionOf(item) }))
    .filter(({ position }) => after === undefined || compare(position, after) > 0)
    .sort((a, b) => compare(a.position, b.position));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(({ item }) => structuredClone(item)),
    ...(rest.length >= limit && last && { cursor: cursorAt(list, last.position) }),
  };
}
