import * as z from 'zod';
import { cursorField, limitField, sha256Field } from '../fields.ts';

/** Parts that several shapes have. Requests are strict: an unknown member is refused. */

export const pageQuery = z.strictObject({ limit: limitField, cursor: cursorField.optional() });
export const noQuery = z.strictObject({});
export const emptyBody = z.strictObject({});

export const scopeRequest = z
  .array(
    z.strictObject({
      actions: z.array(z.string().max(128, 'must be at most 128 characters')).min(1).max(50),
      resources: z.array(z.string().max(600, 'must be at most 600 characters')).min(1).max(50),
    }),
  )
  .min(1)
  .max(20);

const names = z.array(z.string().min(1).max(255)).min(1).max(16);

/** An entry of `authorization_details` with RFC 9396's common fields alone (§2.2): a field that is there limits. */
export const detailSchema = z.strictObject({
  type: z.string().regex(/^[a-z][a-z0-9_.-]{0,63}$/, 'must be a type of authorization details'),
  locations: names.exactOptional(),
  actions: names.exactOptional(),
  datatypes: names.exactOptional(),
  identifier: z.string().min(1).max(255).exactOptional(),
  privileges: names.exactOptional(),
});

export const outcomeSchema = z.enum(['allowed', 'needs_approval', 'denied']);
export const decisionSchema = z.object({
  outcome: outcomeSchema,
  policies: z.array(z.object({ id: z.string(), effect: z.enum(['permit', 'forbid']) })),
  reasons: z.array(z.string()),
  remediation: z.string().optional(),
  bundleSha256: sha256Field,
});

export const personSchema = z.object({ id: z.string(), domain: z.string(), subject: z.string() });
export const scopeSchema = z.array(
  z.object({
    actions: z.array(z.string()),
    resources: z.array(z.string()),
    leadingKeys: z.array(z.string()).optional(),
  }),
);

export const approverSchema = z.object({ id: z.string(), name: z.string() });

export const riskSchema = z.enum(['low', 'medium', 'high', 'critical']);
export const dataClassSchema = z.enum(['none', 'internal', 'personal', 'secret']);
