import * as z from 'zod';
import { PUBLIC_ERRORS } from './errors.ts';
import {
  approvalIdField,
  consentIdField,
  cursorField,
  durationField,
  entitlementIdField,
  flagField,
  grantIdField,
  instantField,
  limitField,
  principalIdField,
  sha256Field,
  text,
  ticketField,
} from './fields.ts';

import { sealedCredential } from './sealed.ts';

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
  ticket: ticketField.optional(),
  startsAt: instantField.optional(),
  subject: principalIdField.optional(),
});
export type CreateGrantBody = z.input<typeof createGrantBody>;

export const emptyBody = z.strictObject({});
export const revokeBody = z.strictObject({ reason: text(500) });
export const approvalBody = z.strictObject({
  verdict: z.enum(['approve', 'deny'], 'must be approve or deny'),
  comment: text(500),
  requestSha256: sha256Field,
  /** A subject's consent to the same again, for so many seconds: at most 90 days. */
  rememberSeconds: z.number().int('must be whole seconds').min(60).max(7_776_000).optional(),
});
export type ApprovalBody = z.input<typeof approvalBody>;
export const extensionBody = z.strictObject({ durationSeconds: durationField, justification: text(1_000) });
export const narrowBody = z
  .strictObject({ scope: z.array(scopeRequest).min(1).max(20).optional(), expiresAt: instantField.optional() })
  .refine((body) => body.scope !== undefined || body.expiresAt !== undefined, 'give `scope`, `expiresAt` or both');
export const reviewBody = z.strictObject({
  verdict: z.enum(['justified', 'unjustified'], 'must be justified or unjustified'),
  comment: text(1_000),
});

export const createGrantQuery = z.strictObject({ dryRun: flagField });
export const listGrantsQuery = z.strictObject({
  view: z
    .enum(['mine', 'approvals', 'active', 'pending', 'history'], 'must be mine, approvals, active, pending or history')
    .default('mine'),
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
export const approvalPath = z.strictObject({ id: grantIdField, approval: approvalIdField });
export const consentPath = z.strictObject({ id: consentIdField });
export const pageQuery = z.strictObject({ limit: limitField, cursor: cursorField.optional() });
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

const approverSchema = z.object({ id: z.string(), name: z.string() });

export const approvalSchema = z.object({
  id: approvalIdField,
  by: personSchema,
  verdict: z.enum(['approve', 'deny']),
  comment: z.string(),
  stage: z.number().int(),
  at: instantField,
  via: z.enum(['api', 'chat', 'sealed', 'remembered']),
  consent: consentIdField.optional(),
  withdrawnAt: instantField.optional(),
  requestSha256: sha256Field,
  bundleSha256: sha256Field,
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
  kind: z.enum(['aws', 'impersonation']),
  title: z.string(),
  description: z.string(),
  consequences: z.array(z.string()),
  project: z.string(),
  risk: z.enum(['low', 'medium', 'high', 'critical']),
  dataClass: z.enum(['none', 'internal', 'personal', 'secret']),
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
  outcome: z.enum(['allowed', 'needs_approval', 'denied']),
  reasons: z.array(z.string()),
  remediation: z.string().optional(),
  reviewBy: z.string(),
});
export type EntitlementView = z.infer<typeof entitlementSchema>;
export const entitlementList = z.object({ items: z.array(entitlementSchema) });

/** What somebody needs to know who decides. */
export const briefSchema = z.object({
  grant: grantSchema,
  consequences: z.array(z.string()),
  blastRadius: z.object({
    accounts: z.array(z.string()),
    regions: z.array(z.string()),
    resources: z.array(z.string()),
    actions: z.array(z.string()),
    dataClass: z.enum(['none', 'internal', 'personal', 'secret']).optional(),
    risk: z.enum(['low', 'medium', 'high', 'critical']).optional(),
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

export const consentSchema = z.object({
  id: consentIdField,
  subject: z.string(),
  actor: z.string(),
  entitlement: z.string(),
  purpose: z.string(),
  operations: z.array(z.string()),
  durationSeconds: z.number().int(),
  givenAt: instantField,
  expiresAt: instantField,
  withdrawnAt: instantField.optional(),
  requestSha256: sha256Field,
  grantId: grantIdField,
  /** SHA-256 of the RFC 8785 form of the record without `withdrawnAt` and `sha256`, times as epoch milliseconds. */
  sha256: sha256Field,
});
export type ConsentView = z.infer<typeof consentSchema>;
export const consentList = z.object({ items: z.array(consentSchema) });

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

/** A form whose one field is a JSON document, as Slack sends it. Checked after its signature. */
export const chatForm = z.strictObject({ payload: z.string() });
/** What became of a click. `ignored`: the button does nothing here. */
export const callbackResult = z.object({
  result: z.enum(['approved', 'denied', 'ignored']),
  grant: grantIdField.optional(),
});

export const ticketBody = z.strictObject({
  /** Of this message, and of no other: also when the same thing is told again. */
  id: z.string().regex(/^[\x21-\x7e]{8,128}$/, 'must be 8 to 128 printable characters'),
  ticket: ticketField,
  state: z.enum(['open', 'closed'], 'must be open or closed'),
});
/** Ids of the grants that the ticket ended. */
export const ticketResult = z.object({ ended: z.array(grantIdField) });

/** A page for people. */
export const page = z.string();

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
