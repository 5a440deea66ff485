import type { TrustedIssuer } from '../../core/bundle.ts';
import { principalId } from '../../core/principal.ts';
import type { Authentication, Principal, PrincipalRef } from '../../core/principal.ts';
import { member } from '../../tokens/strictJson.ts';
import type { JsonObject } from '../../tokens/strictJson.ts';
import { TokenError } from './tokenError.ts';

/** Seconds by which an issuer's clock may differ from ours. */
export const CLOCK_SKEW_S = 15;
/** Seconds. A bearer token that lives longer is no token but a standing credential. */
export const MAX_LIFETIME_S = 48 * 3600;
const MAX_GROUPS = 200;
const MAX_METHODS = 16;
const MAX_ACTORS = 4;
/** RFC 8176 §2: `mfa` alone says that there were several factors; `otp` or `hwk` may have been the only one. */
const DEFAULT_MFA_VALUES = ['mfa'];

/** OpenID Connect Core §2: at most 255 ASCII characters. Printable, and no blank at either end. */
const SUBJECT = /^(?! )[\x20-\x7e]{1,255}(?<! )$/u;
/** No control, format, surrogate or unassigned characters: a name that looks like another must not get in. */
const NAME = /^\P{C}{1,128}$/u;
const PROJECT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/u;
const EMAIL = /^(?=.{3,254}$)[^\s@\p{C}]+@[^\s@\p{C}]+$/u;
const METHOD = /^[\x21-\x7e]{1,64}$/u;

/**
 * Checks `exp`, `iat` and `nbf` (RFC 7519 §4.1, RFC 9068 §2.2): safe integers, in order, within a sane lifetime.
 *
 * @param now epoch milliseconds
 * @returns when the token expires, in epoch milliseconds; the clock skew is not added
 * @throws TokenError `claim_invalid`, `token_expired`, `token_not_yet_valid`
 */
export function checkTimes(claims: JsonObject, now: number): number {
  const seconds = Math.floor(now / 1000);
  const exp = epochSeconds(claims, 'exp');
  const iat = epochSeconds(claims, 'iat');
  const nbf = epochSeconds(claims, 'nbf') ?? 0;
  if (exp === undefined) throw invalid('exp');
  if (iat === undefined) throw invalid('iat');
  if (exp <= iat || exp - iat > MAX_LIFETIME_S) throw invalid('exp');
  if (Math.max(iat, nbf) > seconds + CLOCK_SKEW_S) {
    throw new TokenError('token_not_yet_valid', 'the token is not valid yet');
  }
  if (exp <= seconds - CLOCK_SKEW_S) throw new TokenError('token_expired', 'the token has expired');
  return exp * 1000;
}

/**
 * Maps verified claims to the caller that they name, by the issuer's claim mapping. A claim that the mapping names is
 * required, but for groups and e-mail, which providers leave out where there are none.
 *
 * @param now epoch milliseconds
 * @throws TokenError `claim_invalid`
 */
export function readPrincipal(issuer: TrustedIssuer, claims: JsonObject, now: number): Principal {
  const names = issuer.claims ?? {};
  const subject = required(claims, names.subject ?? 'sub', SUBJECT);
  const id = principalId(issuer.domain, issuer.id, subject);
  const email = optional(claims, names.email ?? 'email', EMAIL);
  const actors = readActors(issuer, claims);
  return {
    id,
    domain: issuer.domain,
    issuer: issuer.id,
    subject,
    // Who may approve depends on it, so no claim is taken for it by its mere name: the mapping must name one. Without,
    // two accounts are two persons.
    person: names.person === undefined ? id : required(claims, names.person, NAME),
    groups: readGroups(claims, names.groups ?? 'groups'),
    project: required(claims, names.project ?? 'project', PROJECT),
    ...(email === undefined || member(claims, 'email_verified') === false ? {} : { email }),
    ...(actors.length > 0 && { actors }),
    authentication: readAuthentication(claims, names.mfaValues ?? DEFAULT_MFA_VALUES, now),
  };
}

/**
 * Who acts with the token for its subject, outermost first (RFC 8693 §4.1). Separation of duties rests on it: a chain
 * that can't be read wholly, or names an actor of another issuer, makes the token useless instead of looking like one of
 * a subject who acts alone.
 */
function readActors(issuer: TrustedIssuer, claims: JsonObject): readonly PrincipalRef[] {
  const actors: PrincipalRef[] = [];
  for (let act = member(claims, 'act'); act !== undefined;) {
    if (typeof act !== 'object' || act === null || Array.isArray(act) || actors.length === MAX_ACTORS) {
      throw invalid('act');
    }
    const link = act as JsonObject;
    const foreign = member(link, 'iss');
    if (foreign !== undefined && foreign !== issuer.issuer) throw invalid('act');
    const subject = required(link, 'sub', SUBJECT);
    const id = principalId(issuer.domain, issuer.id, subject);
    actors.push({ id, domain: issuer.domain, subject, person: id });
    act = member(link, 'act');
  }
  return actors;
}

/** The `jti` (RFC 7519 §4.1.7), which RFC 9068 §2.2 requires of access tokens. */
export function readTokenId(claims: JsonObject, isRequired: boolean): string | undefined {
  return isRequired ? required(claims, 'jti', SUBJECT) : optional(claims, 'jti', SUBJECT);
}

function readGroups(claims: JsonObject, name: string): readonly string[] {
  // Distributed claims (OpenID Connect Core §5.6.2): the groups exist but elsewhere. A policy that forbids by group
  // must not be skipped because of that.
  const elsewhere = member(claims, '_claim_names');
  if (typeof elsewhere === 'object' && elsewhere !== null && Object.hasOwn(elsewhere, name)) throw invalid(name);
  return strings(claims, name, NAME, MAX_GROUPS);
}

function readAuthentication(claims: JsonObject, mfaValues: readonly string[], now: number): Authentication {
  const methods = strings(claims, 'amr', METHOD, MAX_METHODS);
  const at = epochSeconds(claims, 'auth_time');
  if (at !== undefined && at * 1000 > now + CLOCK_SKEW_S * 1000) throw invalid('auth_time');
  const mfa = methods.some((method) => mfaValues.includes(method));
  return { mfa, methods, ...(at === undefined ? {} : { at: at * 1000 }) };
}

function strings(claims: JsonObject, name: string, pattern: RegExp, max: number): readonly string[] {
  const value = member(claims, name);
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > max) throw invalid(name);
  return value.map((item: unknown) => {
    if (typeof item !== 'string' || !pattern.test(item)) throw invalid(name);
    return item;
  });
}

function optional(claims: JsonObject, name: string, pattern: RegExp): string | undefined {
  const value = member(claims, name);
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !pattern.test(value)) throw invalid(name);
  return value;
}

function required(claims: JsonObject, name: string, pattern: RegExp): string {
  const value = optional(claims, name, pattern);
  if (value === undefined) throw invalid(name);
  return value;
}

/** A NumericDate. Fractions and numbers beyond 2^53, which the standard would allow, are nobody's honest time. */
function epochSeconds(claims: JsonObject, name: string): number | undefined {
  const value = member(claims, name);
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw invalid(name);
  return value;
}

function invalid(name: string): TokenError {
  return new TokenError('claim_invalid', `the claim \`${name}\` is missing or not acceptable`);
}
