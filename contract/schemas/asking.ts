import * as z from 'zod';
import {
  durationField,
  entitlementIdField,
  flagField,
  grantIdField,
  instantField,
  principalIdField,
  text,
  ticketField,
} from '../fields.ts';
import { detailSchema, scopeRequest } from './common.ts';

/** Asking for a grant. */

export const createGrantBody = z.strictObject({
  entitlement: entitlementIdField,
  parameters: z
    .record(
      z.string().regex(/^[a-z][A-Za-z0-9]{0,31}$/, 'must be a parameter name'),
      z.string().max(128, 'must be at most 128 characters'),
    )
    .refine((given) => Object.keys(given).length <= 20, 'must have at most 20 members')
    .default({}),
  scope: scopeRequest.optional(),
  durationSeconds: durationField,
  purpose: text(200),
  justification: text(1_000),
  ticket: ticketField.optional(),
  startsAt: instantField.optional(),
  subject: principalIdField.optional(),
  /** A grant of one's own to lend on, to `actor`: everything that is asked for lies within it. */
  parent: grantIdField.optional(),
  actor: principalIdField.optional(),
  /** Fewer than the parent's (RFC 9396 §2). */
  authorizationDetails: z.array(detailSchema).min(1).max(16).optional(),
  maxUses: z.number().int().min(1).max(100_000).optional(),
});
export type CreateGrantBody = z.input<typeof createGrantBody>;
export const createGrantQuery = z.strictObject({ dryRun: flagField });
