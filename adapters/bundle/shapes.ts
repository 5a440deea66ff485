import { z } from 'zod';
import type { TrustedIssuer } from '../../core/bundle.ts';
import type { Target } from '../../core/entitlement.ts';
import { DOMAINS } from '../../core/principal.ts';
import { name } from './shapeParts.ts';

/**
 * Where everything is: `issuers.json`, `targets.json`. These shapes and those in the files beside are strict: a member
 * that nothing reads is a mistake of whoever wrote it.
 */

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
