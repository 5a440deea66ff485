import * as z from 'zod';
import { grantIdField, instantField, text } from '../fields.ts';

/** What resource servers tell and ask about delegation tokens. */

const tokenField = z.string().min(1).max(8_192);
/** The resource server's own name for what it did: repeated, it counts once. */
const requestIdField = z.string().regex(/^[\x21-\x7e]{8,128}$/, 'must be 8 to 128 printable characters');

export const consumeBody = z.strictObject({ token: tokenField, requestId: requestIdField });

/** `repeated`: this request id spent the use before; nothing more was spent. */
export const consumption = z.object({
  result: z.enum(['spent', 'repeated']),
  /** Uses that the token has left; absent where its uses are not counted one by one. */
  tokenUsesLeft: z.number().int().optional(),
  /** Uses that its grant has left. */
  grantUsesLeft: z.number().int().optional(),
});

const operation = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}:[a-z][a-z0-9-]{0,63}$/, 'must be an operation such as password:reset');

/** What was done under a token: ids and outcomes, never contents. */
export const activityBody = z.strictObject({
  token: tokenField,
  requestId: requestIdField,
  operation,
  /** What it was done to, by its id. */
  resource: text(200),
  outcome: z.enum(['succeeded', 'failed', 'refused'], 'must be succeeded, failed or refused'),
  at: instantField.optional(),
});

export const activityReceipt = z.object({ id: z.string(), grant: grantIdField, at: instantField });

/** A Token Status List as a JWT, `typ: statuslist+jwt` (draft-ietf-oauth-status-list §5.1). */
export const snapshotText = z.string();

export const rotateKeysBody = z.strictObject({
  /** The generation that signs from now on; without it, the next one of the deployment's. */
  to: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be the name of a generation of keys')
    .optional(),
});

export const keyRingSchema = z.object({
  version: z.number().int(),
  current: z.string(),
  since: instantField.optional(),
  generations: z.array(z.string()),
});
