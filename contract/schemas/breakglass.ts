import * as z from 'zod';
import { grantIdField, instantField, text } from '../fields.ts';
import { sealedCredential } from '../sealed.ts';
import { decisionSchema } from './common.ts';

/** Keys for break-glass, and its rehearsal. */

/** The last character holds four bits only: written otherwise, one key would have several thumbprints. */
const coordinate = z.string().regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, 'must be 32 bytes in base64url');
const publicKeySchema = z.strictObject({ x: coordinate, y: coordinate });
export const keyPath = z.strictObject({ id: sealedCredential.shape.key });
/** `proof` is a sealed signature by the very key over this registration: method, path and, as the body, `registrationText`. */
export const registerKeyBody = z.strictObject({
  publicKey: publicKeySchema,
  label: text(80),
  proof: sealedCredential,
});
export type RegisterKeyBody = z.input<typeof registerKeyBody>;
export const sealedKeySchema = z.object({
  id: z.string(),
  owner: z.string(),
  holder: z.enum(['agent', 'fido']),
  label: z.string(),
  publicKey: publicKeySchema,
  registeredAt: instantField,
  removedAt: instantField.optional(),
});
export type SealedKeyView = z.infer<typeof sealedKeySchema>;
export const sealedKeyList = z.object({ items: z.array(sealedKeySchema) });
export const drillSchema = z.object({
  /** Whether a real request would work now: alone, or with one of `seconds`. */
  works: z.boolean(),
  decision: decisionSchema,
  seconds: z.array(z.object({ id: z.string(), name: z.string(), hasKey: z.boolean() })),
  openReview: grantIdField.optional(),
});
export type DrillView = z.infer<typeof drillSchema>;
