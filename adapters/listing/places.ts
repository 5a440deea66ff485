import type { Grant } from '../../core/grant.ts';
import type { Page, PageRequest } from '../../core/ports.ts';
import { cursorAt, notOfThisList, positionIn } from './cursor.ts';
import { grantPosition } from './position.ts';

/** Some of a place's grants, newest first, after a position; `more`: there may be more at this place. */
type PlaceReader = (
  place: string,
  limit: number,
  after: { readonly position: string; readonly id: string } | undefined,
) => Promise<{ readonly grants: readonly Grant[]; readonly more: boolean }>;

/** Index of the place, and the position within it; without one, the next page begins with the place. */
const PLACE_POSITION = /^(\d{1,6})\|(?:(\d{15}#(grt_[0-9A-Z]{26})))?$/;

/**
 * A page of the grants at several places, place by place: one reading of one place a page, however many there are. A
 * page may be short, or empty, and have a cursor all the same.
 *
 * @throws WritError `invalid_request` for a cursor of another list
 */
export async function pageByPlace(
  list: string,
  places: readonly string[],
  { limit, cursor }: PageRequest,
  read: PlaceReader,
): Promise<Page<Grant>> {
  const name = `${list}|${JSON.stringify(places)}`;
  const [, index = '0', position, id = ''] = cursor === undefined ? [] : positionIn(name, cursor, PLACE_POSITION);
  const at = Number(index);
  const place = places[at];
  if (place === undefined && cursor !== undefined) throw notOfThisList();
  if (place === undefined) return { items: [] };
  const { grants, more } = await read(place, limit, position === undefined ? undefined : { position, id });
  const last = grants.at(-1);
  if (more && last) return { items: grants, cursor: cursorAt(name, `${at}|${grantPosition(last)}`) };
  return { items: grants, ...(at + 1 < places.length && { cursor: cursorAt(name, `${at + 1}|`) }) };
}
