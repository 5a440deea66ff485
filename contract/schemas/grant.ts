import * as z from 'zod';
import { cursorField, grantIdField, instantField, limitField, sha256Field } from '../fields.ts';
import { approvalSchema } from './approval.ts';
import { approverSchema, decisionSchema, detailSchema, personSchema, scopeSchema } from './common.ts';

/** A grant as everybody sees it who may see it, and the lists of them. */

export const grantPath = z.strictObject({ id: grantIdField });
export const listGrantsQuery = z.strictObject({
  view: z
    .enum(['mine', 'approvals', 'active', 'pending', 'history'], 'must be mine, approvals, active, pending or history')
    .default('mine'),
  limit: limitField,
  cursor: cursorField.optional(),
});

const extensionSchema = z.object({
  id: z.string(),
  status: z.enum(['pending', 'allowed', 'denied', 'lapsed', 'void']),
  durationSeconds: z.number().int(),
  justification: z.string(),
  requestedAt: instantField,
  lapsesAt: instantField.optional(),
  decidedAt: instantField.optional(),
  from: instantField.optional(),
  to: instantField.optional(),
  decision: decisionSchema,
  approvals: z.array(approvalSchema),
  requestSha256: sha256Field,
});

/** What people are asked now: the request, or an extension. `requestSha256` is what a decision must name. */
const questionSchema = z.object({
  about: z.enum(['request', 'extension']),
  requestSha256: sha256Field,
  stage: z.number().int(),
  stageName: z.string(),
  have: z.number().int(),
  need: z.number().int(),
  since: instantField,
  lapsesAt: instantField,
  escalatesAt: instantField.optional(),
  approvers: z.array(approverSchema),
  /** Names of the stages that come after. */
  then: z.array(z.string()),
});
export type QuestionView = z.infer<typeof questionSchema>;

export const grantSchema = z.object({
  id: grantIdField,
  status: z.enum([
    'denied',
    'pending',
    'scheduled',
    'active',
    'cancelled',
    'lapsed',
    'returned',
    'revoked',
    'expired',
    'completed',
  ]),
  version: z.number().int(),
  entitlement: z.string(),
  requester: personSchema,
  subject: z.string().optional(),
  parameters: z.record(z.string(), z.string()),
  scope: scopeSchema,
  durationSeconds: z.number().int(),
  purpose: z.string(),
  justification: z.string(),
  ticket: z.string().optional(),
  requestedAt: instantField,
  startsAt: instantField,
  lapsesAt: instantField.optional(),
  activatedAt: instantField.optional(),
  expiresAt: instantField.optional(),
  endedAt: instantField.optional(),
  endedBy: personSchema.optional(),
  endReason: z.string().optional(),
  endNote: z.string().optional(),
  decision: decisionSchema,
  approvals: z.array(approvalSchema),
  /** Who can decide now. */
  approvers: z.array(approverSchema),
  question: questionSchema.optional(),
  extensions: z.array(extensionSchema),
  breakGlass: z
    .object({
      reviewed: z.boolean(),
      verdict: z.enum(['justified', 'unjustified']).optional(),
      comment: z.string().optional(),
      by: personSchema.optional(),
      at: instantField.optional(),
    })
    .optional(),
  /** What its tokens say in `authorization_details` at most. */
  authorizationDetails: z.array(detailSchema).optional(),
  /** The grant that it was lent on from, and all above it, root first. */
  parent: grantIdField.optional(),
  lineage: z.array(z.object({ grant: grantIdField, holder: personSchema })).optional(),
  /** Uses of its tokens, as `consume` counted them. */
  uses: z.object({ spent: z.number().int(), max: z.number().int().optional() }),
  credentials: z.object({ issued: z.number().int(), lastIssuedAt: instantField.optional() }),
  enforcement: z
    .object({
      state: z.enum(['pending', 'enforced']),
      since: instantField,
      appliedAt: instantField.optional(),
      sessions: z.number().int(),
    })
    .optional(),
  requestSha256: sha256Field,
});
export type GrantView = z.infer<typeof grantSchema>;

export const grantPage = z.object({ items: z.array(grantSchema), cursor: cursorField.optional() });
