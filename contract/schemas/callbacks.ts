import * as z from 'zod';
import { grantIdField, ticketField } from '../fields.ts';

/** What other systems tell Writ. */

/** A form whose one field is a JSON document, as Slack sends it. Checked after its signature. */
export const chatForm = z.strictObject({ payload: z.string() });
/** What became of a click. `ignored`: the button does nothing here. */
export const callbackResult = z.object({
  result: z.enum(['approved', 'denied', 'ignored']),
  grant: grantIdField.optional(),
});

export const ticketBody = z.strictObject({
  /** Of this message, and of no other: also when the same thing is told again. */
  id: z.string().regex(/^[\x21-\x7e]{8,128}$/, 'must be 8 to 128 printable characters'),
  ticket: ticketField,
  state: z.enum(['open', 'closed'], 'must be open or closed'),
});
/** Ids of the grants that the ticket ended. */
export const ticketResult = z.object({ ended: z.array(grantIdField) });
