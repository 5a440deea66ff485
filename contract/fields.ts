import * as z from 'zod';

/** Field types of the wire, each with its bound and its message. */

/** U+FFFD is what a decoder leaves of bytes that are no text. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u{FFFD}]/u;

/** One line of text for people: no control, formatting (bidi) or surrogate characters. */
export const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(max, `must be at most ${max} characters`)
    .refine((value) => !CONTROL.test(value), 'must be one line of text without control characters');

export const grantIdField = z
  .string()
  .regex(/^grt_[0-9A-HJKMNP-TV-Z]{26}$/, 'must be a grant id such as grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H');

export const approvalIdField = z
  .string()
  .regex(/^apr_[0-9A-HJKMNP-TV-Z]{26}$/, 'must be an approval id such as apr_01J9ZK3N8Q4T6V8X0Z2B4D6F8H');

export const consentIdField = z
  .string()
  .regex(/^cns_[0-9A-HJKMNP-TV-Z]{26}$/, 'must be a consent id such as cns_01J9ZK3N8Q4T6V8X0Z2B4D6F8H');

/** `<domain>:<issuer id>:<subject>`. */
export const principalIdField = z
  .string()
  .regex(
    /^(admin|support|customer|partner|workload):[A-Za-z0-9][A-Za-z0-9._-]{0,63}:[\x21-\x7e]{1,255}$/,
    'must be a principal id such as customer:shop:erin',
  );

/** RFC 3339, UTC (`Z`). */
export const instantField = z.iso.datetime({ error: 'must be an RFC 3339 time in UTC such as 2026-11-21T09:00:00Z' });

export const sha256Field = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');

export const durationField = z
  .number('must be a number of seconds')
  .int('must be whole seconds')
  .min(5, 'must be at least 5 seconds')
  .max(43_200, 'must be at most 43200 seconds');

export const entitlementIdField = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,40}$/, 'must be an entitlement id such as orders-read');

export const cursorField = z.string().regex(/^[A-Za-z0-9_-]{1,1024}$/, 'must be a cursor from an earlier answer');

/** From a query string. */
export const limitField = z
  .string()
  .regex(/^([1-9]|[1-9]\d|100)$/, 'must be 1 to 100')
  .transform(Number)
  .default(25);

export const flagField = z
  .enum(['true', 'false'], 'must be true or false')
  .transform((value) => value === 'true')
  .default(false);

export const idempotencyKeyField = z.string().regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 printable characters');

export const ticketField = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9#/_.-]{0,63}$/, 'must be a ticket id such as INC-42');
