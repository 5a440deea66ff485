import { oneOf } from './decode.ts';
import type { Item } from './item.ts';
import { reading, text, ttlAfter } from './item.ts';
import { ITEM_TYPE } from './tables.ts';

/** The pointer from a ticket to a grant. Reading checks no time: the grant that it names knows its own. */

/** In upper case: ticket systems take `inc-42` and `INC-42` for the same. */
export const ticketKey = (ticket: string): string => `TICKET#${ticket.toUpperCase()}`;

export const toTicketItem = (ticket: string, grantId: string, keepUntil: number): Item => ({
  pk: text(ticketKey(ticket)),
  sk: text(`GRANT#${grantId}`),
  type: text(ITEM_TYPE.ticket),
  grantId: text(grantId),
  ttl: ttlAfter(keepUntil, 0),
});

/** The grant's id. @throws MalformedItem */
export function grantOfTicket(item: Item): string {
  return reading('ticket', item, (read) => {
    read.oneOf('type', oneOf(ITEM_TYPE.ticket));
    return read.text('grantId');
  });
}
