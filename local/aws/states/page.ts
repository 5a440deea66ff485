/** Pages of a list, by the last thing that was seen: what comes or goes in between shifts nothing. */
import { AwsError } from '../service.ts';

interface Window {
  /** 0 for the default of 100. */
  readonly maxResults: number;
  readonly nextToken?: string | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** To be spread into the answer; empty on the last page. */
  readonly nextToken: { readonly nextToken?: string };
}

/** @throws {AwsError} InvalidToken */
export function page<Item>(list: readonly Item[], window: Window, idOf: (item: Item) => string): Page<Item> {
  const size = window.maxResults === 0 ? 100 : window.maxResults;
  const begin = window.nextToken === undefined ? 0 : after(list, window.nextToken, idOf);
  const items = list.slice(begin, begin + size);
  const last = items.at(-1);
  const isLast = begin + size >= list.length || last === undefined;
  return { items, nextToken: isLast ? {} : { nextToken: Buffer.from(idOf(last)).toString('base64url') } };
}

function after<Item>(list: readonly Item[], token: string, idOf: (item: Item) => string): number {
  const id = Buffer.from(token, 'base64url').toString();
  const index = list.findIndex((item) => idOf(item) === id);
  if (index !== -1) return index + 1;
  throw new AwsError('InvalidToken', `Invalid Token: '${token}'`);
}
