import * as z from 'zod';
import { PUBLIC_ERRORS } from '../errors.ts';
import { grantIdField } from '../fields.ts';
import { decisionSchema } from './common.ts';

/** How every refusal is written (RFC 9457). */

export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.enum(Object.keys(PUBLIC_ERRORS) as [keyof typeof PUBLIC_ERRORS]),
  detail: z.string(),
  remediation: z.string(),
  traceId: z.string(),
  decision: decisionSchema.optional(),
  grantId: grantIdField.optional(),
});
export type ProblemView = z.infer<typeof problemSchema>;
