import { z } from 'zod';
import { DATA_CLASSES, MIN_DURATION_SECONDS, RISKS, type Entitlement } from '../../core/entitlement.ts';
import { PARAMETER_TYPES } from '../../core/parameters.ts';
import { DOMAINS } from '../../core/principal.ts';
import { DAYS } from '../../core/window.ts';
import { audience } from './audience.ts';
import { line, name, seconds, slug } from './shapeParts.ts';
import { detailShape, impersonationTermsShape, termsShape } from './tokenShape.ts';

const LONGEST_DURATION_SECONDS = 43_200;
/** With all extensions: a job that takes longer than a week is no loan. */
const LONGEST_TOTAL_SECONDS = 7 * 24 * 3600;
const MOST_USES = 100_000;

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

const counts = {
  maxDurationSeconds: seconds.min(MIN_DURATION_SECONDS).max(LONGEST_DURATION_SECONDS),
  maxTotalSeconds: seconds.max(LONGEST_TOTAL_SECONDS).exactOptional(),
  maxSessions: z.number().int().min(1).max(1_000),
};
type Counts = Entitlement['limits'];
const isNoLess = ({ maxDurationSeconds, maxTotalSeconds = maxDurationSeconds }: Counts) =>
  maxTotalSeconds >= maxDurationSeconds;
const LESS = { path: ['maxTotalSeconds'], message: 'must not be less than maxDurationSeconds' };
const sessionLimits = z.strictObject(counts).refine(isNoLess, LESS);
/** Uses are counted where tokens are spent: never of an AWS session. */
const tokenLimits = z
  .strictObject({ ...counts, maxUses: z.number().int().min(1).max(MOST_USES).exactOptional() })
  .refine(isNoLess, LESS);

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 22:00');

const timeWindow = z
  .strictObject({
    days: z
      .array(z.enum(DAYS))
      .min(1)
      .refine((days) => new Set(days).size === days.length, 'must name each day once'),
    from: time,
    to: time,
    zone: z.string().refine(isZone, 'must be an IANA time zone such as Europe/Zurich'),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], message: 'must differ from `from`' });

/** Also aliases such as `UTC`; no offsets, which know no daylight-saving time. */
function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: zone });
    return /^[A-Za-z]/.test(zone);
  } catch {
    return false;
  }
}

const common = {
  id: slug,
  title: line(80),
  description: line(500),
  consequences: z.array(line(200)).min(1),
  project: name,
  domains: z.array(z.enum(DOMAINS)).min(1),
  risk: z.enum(RISKS),
  dataClass: z.enum(DATA_CLASSES),
  owner: name,
  ceiling: z.array(scopeStatement).min(1),
  parameters: z.record(
    z
      .string()
      .regex(/^[a-z][A-Za-z0-9]{0,31}$/, 'must be a parameter name')
      .refine((key) => key !== 'account' && key !== 'region', 'is a name that Writ fills in itself'),
    parameter,
  ),
  windows: z.array(timeWindow).min(1).exactOptional(),
  approvals: name.exactOptional(),
  reviewBy: z.iso.date('must be a date such as 2027-06-30'),
};

const aws = z.strictObject({
  kind: z.literal('aws'),
  ...common,
  limits: sessionLimits,
  target: name,
  console: z.boolean(),
  breakGlass: z.strictObject({ alarmEverySeconds: seconds.min(60).max(86_400) }).exactOptional(),
});

const impersonation = z.strictObject({
  kind: z.literal('impersonation'),
  ...common,
  limits: tokenLimits,
  audience,
  subjectDomain: z.enum(DOMAINS),
  terms: impersonationTermsShape,
});

const token = z.strictObject({
  kind: z.literal('token'),
  ...common,
  limits: tokenLimits,
  terms: termsShape,
  authorizationDetails: z.array(detailShape).max(16),
});

export const catalogueShape: z.ZodType<readonly Entitlement[]> = z.array(
  z.discriminatedUnion('kind', [aws, impersonation, token]),
);
