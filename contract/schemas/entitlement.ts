import * as z from 'zod';
import { dataClassSchema, detailSchema, outcomeSchema, riskSchema, scopeSchema } from './common.ts';

/** What there is to ask for. */

export const entitlementSchema = z.object({
  id: z.string(),
  kind: z.enum(['aws', 'token', 'impersonation']),
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
  /** How it is used, where it is lent by tokens. */
  tokens: z
    .object({
      /** Who takes them; each token is for one. */
      audiences: z.array(z.string()),
      scopes: z.array(z.string()),
      /** Templates: a grant's parameters fill what is in braces. */
      authorizationDetails: z.array(detailSchema).optional(),
      lifetimeSeconds: z.number().int(),
      /** 1: each token works once. Absent: not counted. */
      maxUsesPerToken: z.number().int().optional(),
      refresh: z.boolean(),
      /** Whether a token may work for whoever has it. */
      bearer: z.boolean(),
      /** How often a grant of it may be lent on, one below the other. */
      lentOn: z.number().int(),
      bind: z.array(z.enum(['address', 'region'])),
    })
    .optional(),
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
    /** Uses of all tokens of a grant together. Absent: not counted. */
    maxUses: z.number().int().optional(),
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
