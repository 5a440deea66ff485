import { z } from 'zod';
import { MAX_LINEAGE, type TokenTerms } from '../../core/delegation.ts';
import type { AuthorizationDetail } from '../../core/oauth/authorizationDetails.ts';
import { audience } from './audience.ts';
import { line, seconds } from './shapeParts.ts';

/** What only entitlements have that are lent by tokens. */

const MAX_USES_PER_TOKEN = 1_000;
/** As many as a request may name. */
const MAX_VALUES = 16;

const common = {
  lifetimeSeconds: seconds.min(10).max(600),
  maxUsesPerToken: z.number().int().min(1).max(MAX_USES_PER_TOKEN).exactOptional(),
  bind: z
    .array(z.enum(['address', 'region']))
    .refine((bonds) => new Set(bonds).size === bonds.length, 'must name each bond once'),
};

export const termsShape: z.ZodType<TokenTerms> = z
  .strictObject({
    ...common,
    refresh: z.boolean(),
    bearer: z.boolean(),
    maxDepth: z.number().int().min(0).max(MAX_LINEAGE),
  })
  .refine(({ refresh, bearer }) => !refresh || !bearer, {
    path: ['refresh'],
    message: 'must be false where tokens may be bearer tokens: whoever found one could go on',
  });

const NO = z.literal(false, 'must be false: an impersonation is neither refreshed nor borne by whoever finds it');
export const impersonationTermsShape = z.strictObject({
  ...common,
  refresh: NO,
  bearer: NO,
  maxDepth: z.literal(0, 'must be 0: an impersonation is not lent on'),
});

const words = z.array(line(255)).min(1).max(MAX_VALUES).exactOptional();

/** The common fields of RFC 9396 §2.2 and no others: nothing else can be compared. */
export const detailShape: z.ZodType<AuthorizationDetail> = z.strictObject({
  type: z.string().regex(/^[a-z][a-z0-9_.-]{0,63}$/, 'must be a type such as billing_report'),
  locations: z.array(audience).min(1).max(MAX_VALUES).exactOptional(),
  actions: words,
  datatypes: words,
  identifier: line(200).exactOptional(),
  privileges: words,
});
