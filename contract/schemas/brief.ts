import * as z from 'zod';
import { instantField } from '../fields.ts';
import { dataClassSchema, riskSchema } from './common.ts';
import { grantSchema } from './grant.ts';

/** What somebody needs to know who decides. */
export const briefSchema = z.object({
  grant: grantSchema,
  consequences: z.array(z.string()),
  blastRadius: z.object({
    accounts: z.array(z.string()),
    regions: z.array(z.string()),
    resources: z.array(z.string()),
    /** Who takes its tokens; empty for an AWS role. */
    audiences: z.array(z.string()),
    actions: z.array(z.string()),
    dataClass: dataClassSchema.optional(),
    risk: riskSchema.optional(),
  }),
  /** The exact policy that an AWS session would get, were it issued now. */
  sessionPolicy: z.string().optional(),
  pastUse: z.object({
    granted: z.number().int(),
    refused: z.number().int(),
    takenBack: z.number().int(),
    lastAt: instantField.optional(),
    lookedAt: z.number().int(),
  }),
  ticket: z
    .object({
      id: z.string(),
      state: z.enum(['open', 'closed', 'unknown', 'unavailable', 'not_connected']),
      title: z.string().optional(),
      url: z.string().optional(),
    })
    .optional(),
  /** In words: what happens if nobody answers. */
  ifNobodyAnswers: z.string().optional(),
});
export type BriefView = z.infer<typeof briefSchema>;
