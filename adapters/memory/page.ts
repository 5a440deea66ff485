import type { Page, PageRequest } from '../../core/ports.ts';
import { cursorAt, positionIn } from '../listing/cursor.ts';
import { GRANT_POSITION, grantPosition } from '../listing/position.ts';

export interface ListOrder<T> {
  readonly list: string;
  readonly shape: RegExp;
  readonly positionOf: (item: T) => string;
  readonly newestFirst?: boolean;
}

/** How grants are listed. */
export const NEWEST_FIRST = { shape: GRANT_POSITION, positionOf: grantPosition, newestFirst: true } as const;

/** At most `limit` of the items that follow a position; `more`: there may be more of them. */
export function sliceOf<T>(
  { positionOf, newestFirst = false }: Pick<ListOrder<T>, 'positionOf' | 'newestFirst'>,
  items: readonly T[],
  limit: number,
  after: string | undefined,
): { readonly items: readonly T[]; readonly more: boolean } {
  const sign = newestFirst ? -1 : 1;
  const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -sign : sign);
  const rest = items
    .map((item) => ({ item, position: positionOf(item) }))
    .filter(({ position }) => after === undefined || compare(position, after) > 0)
    .sort((a, b) => compare(a.position, b.position));
  return { items: rest.slice(0, limit).map(({ item }) => structuredClone(item)), more: rest.length >= limit };
}

/** The page of `items` that follows the cursor, in the order of their positions. */
export function pageOf<T>(order: ListOrder<T>, items: readonly T[], { limit, cursor }: PageRequest): Page<T> {
  const { list, shape, positionOf } = order;
  const after = cursor === undefined ? undefined : positionIn(list, cursor, shape)[0];
  const page = sliceOf(order, items, limit, after);
  const last = page.items.at(-1);
  return { items: page.items, ...(page.more && last && { cursor: cursorAt(list, positionOf(last)) }) };
}
