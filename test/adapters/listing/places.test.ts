import { describe, expect, test } from 'vitest';
import { cursorAt } from '../../../adapters/listing/cursor.ts';
import { pageByPlace } from '../../../adapters/listing/places.ts';

const PLACES = ['a#0', 'b#0'];
const LIST = `byQuestion|${JSON.stringify(PLACES)}`;
const nothing = async () => ({ grants: [], more: false });

describe('a forged cursor', () => {
  test.each([
    '2|',
    '999999|',
    '0|000001795251600000#grt_x',
    '0|x',
    '-1|',
    '0',
    '0|000001795251600000#grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H|',
  ])('at `%s` is refused', async (position) => {
    await expect(
      pageByPlace('byQuestion', PLACES, { limit: 1, cursor: cursorAt(LIST, position) }, nothing),
    ).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

test('an empty place leads to the next, and the last one to the end', async () => {
  const read: string[] = [];
  const page = (cursor?: string) =>
    pageByPlace('byQuestion', PLACES, { limit: 1, ...(cursor !== undefined && { cursor }) }, async (place) => {
      read.push(place);
      return { grants: [], more: false };
    });
  const { cursor } = await page();
  expect(cursor).toBe(cursorAt(LIST, '1|'));
  expect(await page(cursor)).toEqual({ items: [] });
  expect(read).toEqual(PLACES);
});
