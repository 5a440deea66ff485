import * as z from 'zod';
import { PUBLIC_ERRORS } from './errors.ts';
import {
  cursorField,
  durationField,
  entitlementIdField,
  flagField,
  grantIdField,
  instantField,
  limitField,
  sha256Field,
  text,
} from './fields.ts';

/** The shapes on the wire. Requests are strict: an unknown member is refused. */

const scopeRequest = z.strictObject({
  actions: z.array(z.string().max(128, 'must be at most 128 characters')).min(1).max(50),
  resources: z.array(z.string().max(600, 'must be at most 600 characters')).min(1).max(50),
});

export const createGrantBody = z.strictObject({
  entitlement: entitlementIdField,
  parameters: z
    .record(
      z.string().regex(/^[a-z][A-Za-z0-9]{0,31}$/, 'must be a parameter name'),
      z.string().max(128, 'must be at most 128 characters'),
    )
    .refine((given) => Object.keys(given).length <= 20, 'must have at most 20 members')
    .default({}),
  scope: z.array(scopeRequest).min(1).max(20).optional(),
  durationSeconds: durationField,
  purpose: text(200),
  justification: text(1_000),
  ticket: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9#/_.-]{0,63}$/, 'must be a ticket id such as INC-42')
    .optional(),
  startsAt: instantField.optional(),
});
export type CreateGrantBody = z.input<typeof createGrantBody>;

export const emptyBody = z.strictObject({});
export const revokeBody = z.strictObject({ reason: text(500) });

export const createGrantQuery = z.strictObject({ dryRun: flagField });
export const listGrantsQuery = z.strictObject({
  view: z.enum(['mine', 'active', 'pending', 'history'], 'must be mine, active, pending or history').default('mine'),
  limit: limitField,
  cursor: cursorField.optional(),
});
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
export const grantPath = z.strictObject({ id: grantIdField });
export const noQuery = z.strictObject({});

export const decisionSchema = z.object({
  outcome: z.enum(['allowed', 'needs_approval', 'denied']),
  policies: z.array(z.object({ id: z.string(), effect: z.enum(['permit', 'forbid']) })),
  reasons: z.array(z.string()),
  remediation: z.string().optional(),
  bundleSha256: sha256Field,
});

const personSchema = z.object({ id: z.string(), domain: z.string(), subject: z.string() });
const scopeSchema = z.array(
  z.object({
    actions: z.array(z.string()),
    resources: z.array(z.string()),
    leadingKeys: z.array(z.string()).optional(),
  }),
);

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
  approvals: z.array(z.never()),
  approvers: z.array(z.string()),
  extensions: z.array(z.never()),
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

export const entitlementSchema = z.object({
  id: z.string(),
  kind: z.literal('aws'),
  title: z.string(),
  description: z.string(),
  consequences: z.array(z.string()),
  project: z.string(),
  risk: z.enum(['low', 'medium', 'high', 'critical']),
  owner: z.string(),
  account: z.string(),
  region: z.string(),
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
  limits: z.object({ minDurationSeconds: z.number(), maxDurationSeconds: z.number(), maxSessions: z.number() }),
  console: z.boolean(),
  approvers: z.array(z.string()),
  /** What would happen to a request now, before its parameters are known. */
  outcome: z.enum(['allowed', 'needs_approval', 'denied']),
  reasons: z.array(z.string()),
  remediation: z.string().optional(),
  reviewBy: z.string(),
});
export type EntitlementView = z.infer<typeof entitlementSchema>;
export const entitlementList = z.object({ items: z.array(entitlementSchema) });

export const meSchema = z.object({
  id: z.string(),
  domain: z.string(),
  issuer: z.string(),
  subject: z.string(),
  person: z.string(),
  groups: z.array(z.string()),
  project: z.string(),
  authentication: z.object({ mfa: z.boolean(), methods: z.array(z.string()), at: instantField.optional() }),
});
export type MeView = z.infer<typeof meSchema>;

/** The AWS `credential_process` document. */
export const awsCredentials = z.object({
  Version: z.literal(1),
  AccessKeyId: z.string(),
  SecretAccessKey: z.string(),
  SessionToken: z.string(),
  Expiration: instantField,
});
export type AwsCredentialsView = z.infer<typeof awsCredentials>;

export const consoleSession = z.object({ url: z.url(), expiresAt: instantField });
export type ConsoleSessionView = z.infer<typeof consoleSession>;

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

/** What a client needs to know before it can sign in. Public. */
export const configurationSchema = z.object({
  publicUrl: z.string(),
  issuers: z.array(
    z.object({ domain: z.string(), issuer: z.string(), audience: z.string(), clientId: z.string().optional() }),
  ),
  /** Set only where lent sessions must talk to another endpoint than AWS's own, as on a laptop. */
  awsEndpointUrl: z.string().optional(),
  bundleSha256: sha256Field,
});
export type ConfigurationView = z.infer<typeof configurationSchema>;

export const healthSchema = z.object({ status: z.literal('ok') });

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
