import * as z from 'zod';
import { dataClassSchema, outcomeSchema, riskSchema, scopeSchema } from './common.ts';

/** What there is to ask for. */

export const entitlementSchema = z.object({
  id: z.string(),
  kind: z.enum(['aws', 'impersonation']),
  title: z.string(),
  description: z.string(),
  consequences: z.array(z.string()),
  project: z.string(),
  risk: riskSchema,
  dataClass: dataClassSchema,
  owner: z.string(),
  account: z.string().optional(),
  region: z.string().optional(),
  audience: z.string().optional(),
  subjectDomain: z.string().optional(),
  breakGlass: z.boolean(),
  windows: z
    .array(z.object({ days: z.array(z.string()), from: z.string(), to: z.string(), zone: z.string() }))
    .optional(),
  ceiling: scopeSchema,
  parameters: z.record(
    z.string(),
    z.object({
      type: z.string(),
      description: z.string(),
      values: z.array(z.string()).optional(),
      example: z.string(),
    }),
  ),
  limits: z.object({
    minDurationSeconds: z.number(),
    maxDurationSeconds: z.number(),
    maxTotalSeconds: z.number(),
    maxSessions: z.number(),
  }),
  console: z.boolean(),
  approvers: z.array(z.string()),
  /** What would happen to a request now, before its parameters are known. */
  outcome: outcomeSchema,
  reasons: z.array(z.string()),
  remediation: z.string().optional(),
  reviewBy: z.string(),
});
export type EntitlementView = z.infer<typeof entitlementSchema>;
export const entitlementList = z.object({ items: z.array(entitlementSchema) });
