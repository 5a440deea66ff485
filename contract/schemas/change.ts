import * as z from 'zod';
import { durationField, instantField, text } from '../fields.ts';
import { scopeRequest } from './common.ts';

/** What changes a grant that is there. */

export const revokeBody = z.strictObject({ reason: text(500) });
export const extensionBody = z.strictObject({ durationSeconds: durationField, justification: text(1_000) });
export const narrowBody = z
  .strictObject({ scope: scopeRequest.optional(), expiresAt: instantField.optional() })
  .refine((body) => body.scope !== undefined || body.expiresAt !== undefined, 'give `scope`, `expiresAt` or both');
