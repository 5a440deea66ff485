import * as z from 'zod';
import { cursorField, grantIdField, instantField, limitField, sha256Field } from '../fields.ts';
import { decisionSchema } from './common.ts';

/** The audit log as it is read. */

export const auditEventsQuery = z
  .strictObject({
    grant: grantIdField.optional(),
    day: z.iso.date({ error: 'must be a UTC day such as 2026-11-21' }).optional(),
    limit: limitField,
    cursor: cursorField.optional(),
  })
  .refine(
    (query) => (query.grant === undefined) !== (query.day === undefined),
    'give exactly one of `grant` and `day`',
  );

export const leafSchema = z.object({
  id: z.string(),
  stream: z.string(),
  version: z.number().int(),
  type: z.string(),
  at: instantField,
  actor: z.object({ domain: z.string(), hash: sha256Field }),
  entitlement: z.string().optional(),
  requestSha256: sha256Field.optional(),
  bundleSha256: sha256Field.optional(),
  decision: decisionSchema.pick({ outcome: true, policies: true }).optional(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
export type LeafView = z.infer<typeof leafSchema>;
export const leafPage = z.object({ items: z.array(leafSchema), cursor: cursorField.optional() });
