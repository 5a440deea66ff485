import * as z from 'zod';
import { consentIdField, grantIdField, instantField, sha256Field } from '../fields.ts';

/** What a subject agreed to before. */

export const consentPath = z.strictObject({ id: consentIdField });

export const consentSchema = z.object({
  id: consentIdField,
  subject: z.string(),
  actor: z.string(),
  entitlement: z.string(),
  purpose: z.string(),
  operations: z.array(z.string()),
  durationSeconds: z.number().int(),
  givenAt: instantField,
  expiresAt: instantField,
  withdrawnAt: instantField.optional(),
  requestSha256: sha256Field,
  grantId: grantIdField,
  /** SHA-256 of the RFC 8785 form of the record without `withdrawnAt` and `sha256`, times as epoch milliseconds. */
  sha256: sha256Field,
});
export type ConsentView = z.infer<typeof consentSchema>;
export const consentList = z.object({ items: z.array(consentSchema) });
