import { z } from 'zod';
import type { ApprovalChain, TrustedIssuer } from '../../core/bundle.ts';
import { MIN_DURATION_SECONDS, RISKS, type Entitlement, type Target } from '../../core/entitlement.ts';
import { PARAMETER_TYPES } from '../../core/parameters.ts';
import { DOMAINS } from '../../core/principal.ts';

/** The shapes of the bundle's JSON files. Strict: a member that nothing reads is a mistake of whoever wrote it. */

/** As in `contract/`; the lent role's name and path come from it. */
const entitlementId = z.string().regex(/^[a-z][a-z0-9-]{1,40}$/, 'must be lower-case letters, digits and hyphens');
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be up to 64 letters, digits, `.`, `_`, `-`');
const line = (max: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(max, `must be at most ${max} characters`)
    .regex(/^\P{C}+$/u, 'must be one line of text');
const seconds = z.number().int();
const LONGEST_DURATION_SECONDS = 43_200;

const parameter = z.strictObject({
  type: z.enum(PARAMETER_TYPES),
  description: line(200),
  values: z.array(z.string()).min(1).exactOptional(),
  example: z.string(),
});

const scopeStatement = z.strictObject({
  actions: z.array(z.string()).min(1),
  resources: z.array(z.string()).min(1),
  leadingKeys: z.array(z.string()).min(1).exactOptional(),
});

const entitlement = z.strictObject({
  id: entitlementId,
  kind: z.literal('aws'),
  title: line(80),
  description: line(500),
  consequences: z.array(line(200)).min(1),
  project: name,
  domains: z.array(z.enum(DOMAINS)).min(1),
  risk: z.enum(RISKS),
  owner: name,
  target: name,
  ceiling: z.array(scopeStatement).min(1),
  parameters: z.record(
    z
      .string()
      .regex(/^[a-z][A-Za-z0-9]{0,31}$/, 'must be a parameter name')
      .refine((key) => key !== 'account' && key !== 'region', 'is a name that Writ fills in itself'),
    parameter,
  ),
  limits: z.strictObject({
    maxDurationSeconds: seconds.min(MIN_DURATION_SECONDS).max(LONGEST_DURATION_SECONDS),
    maxSessions: z.number().int().min(1).max(1_000),
  }),
  console: z.boolean(),
  approvals: name.exactOptional(),
  reviewBy: z.iso.date('must be a date such as 2027-06-30'),
});

const chain = z.strictObject({
  id: name,
  lapseAfterSeconds: seconds.min(60).max(30 * 24 * 3600),
  stages: z.array(z.strictObject({ name: line(80), groups: z.array(name).min(1) })).min(1),
});

const claimName = z.string().min(1).exactOptional();

const issuer = z.strictObject({
  id: name,
  domain: z.enum(DOMAINS),
  issuer: z.url(),
  audience: z.string().min(1),
  jwksUri: z.url(),
  algorithms: z.array(z.string()).min(1).exactOptional(),
  typ: z.array(z.string()).min(1).exactOptional(),
  acceptIdTokens: z.boolean().exactOptional(),
  clientId: z.string().min(1).exactOptional(),
  claims: z
    .strictObject({
      subject: claimName,
      groups: claimName,
      project: claimName,
      person: claimName,
      email: claimName,
      mfaValues: z.array(z.string().min(1)).min(1).exactOptional(),
    })
    .exactOptional(),
});

/** Where a target is. Its ExternalId is derived. */
export type TargetPlace = Omit<Target, 'externalId'>;

const place = z.strictObject({
  account: z.string().regex(/^\d{12}$/, 'must be an account id of 12 digits'),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d{1,2}$/, 'must be a Region such as us-east-1'),
});

export const catalogueShape: z.ZodType<readonly Entitlement[]> = z.array(entitlement);
export const chainsShape: z.ZodType<readonly ApprovalChain[]> = z.array(chain);
export const issuersShape: z.ZodType<readonly TrustedIssuer[]> = z.array(issuer).min(1);
export const targetsShape: z.ZodType<Readonly<Record<string, TargetPlace>>> = z.record(name, place);

/** `[2].limits.maxSessions: must be …`, one line an issue. */
export const explain = (file: string, error: z.ZodError): string[] =>
  error.issues.map(({ path, message }) => `${file}: ${memberOf(path)}${message}`);

function memberOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '';
  const member = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return `${member.replace(/^\./, '')}: `;
}
