import * as z from 'zod';
import { approvalIdField, consentIdField, grantIdField, instantField, sha256Field, text } from '../fields.ts';
import { personSchema } from './common.ts';

/** What somebody decides about a grant. */

export const approvalPath = z.strictObject({ id: grantIdField, approval: approvalIdField });

export const approvalBody = z.strictObject({
  verdict: z.enum(['approve', 'deny'], 'must be approve or deny'),
  comment: text(500),
  requestSha256: sha256Field,
  /** A subject's consent to the same again, for so many seconds: at most 90 days. */
  rememberSeconds: z.number().int('must be whole seconds').min(60).max(7_776_000).optional(),
});
export type ApprovalBody = z.input<typeof approvalBody>;

export const reviewBody = z.strictObject({
  verdict: z.enum(['justified', 'unjustified'], 'must be justified or unjustified'),
  comment: text(1_000),
});

export const approvalSchema = z.object({
  id: approvalIdField,
  by: personSchema,
  verdict: z.enum(['approve', 'deny']),
  comment: z.string(),
  stage: z.number().int(),
  at: instantField,
  via: z.enum(['api', 'chat', 'sealed', 'remembered']),
  consent: consentIdField.optional(),
  withdrawnAt: instantField.optional(),
  requestSha256: sha256Field,
  bundleSha256: sha256Field,
});
