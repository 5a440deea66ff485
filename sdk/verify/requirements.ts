import type { AuthorizationDetail } from '../../contract/accessToken.ts';
import { Refusal } from './refusal.ts';
import type { VerifiedToken } from './verifiedToken.ts';

/** What an operation asks for of a token. */
export interface Requirements {
  /** All of them. */
  readonly scopes?: readonly string[];
  /** Each must lie within one of the token's authorization details (RFC 9396). */
  readonly details?: readonly AuthorizationDetail[];
  /** Authentication context classes, each of which would do (RFC 9470). */
  readonly acr?: readonly string[];
  /** Seconds since the holder signed in, at most (RFC 9470). */
  readonly maxAgeSeconds?: number;
}

const DETAIL_LISTS = ['locations', 'actions', 'datatypes', 'privileges'] as const;

/**
 * @param now epoch milliseconds
 * @throws Refusal `scope_insufficient`, `details_insufficient`, `authentication_insufficient`
 */
export function checkRequirements(token: VerifiedToken, wanted: Requirements, now: number): void {
  const { scopes, details } = wanted;
  if (scopes && !scopes.every((scope) => token.scopes.includes(scope))) {
    throw new Refusal('scope_insufficient', 'the token does not have the scope that this needs', { scopes });
  }
  if (details && !details.every((detail) => token.details.some((wide) => covers(wide, detail)))) {
    throw new Refusal('details_insufficient', 'the token’s authorization details do not cover this');
  }
  checkSignIn(token, wanted, now);
}

/** An impersonation's subject did not sign in, so it never has what is asked for here. */
function checkSignIn(token: VerifiedToken, { acr, maxAgeSeconds }: Requirements, now: number): void {
  if (acr === undefined && maxAgeSeconds === undefined) return;
  const { acr: has, authenticatedAt: at } = token;
  const classFits = acr === undefined || (has !== undefined && acr.includes(has));
  const recent = maxAgeSeconds === undefined || (at !== undefined && now - at <= maxAgeSeconds * 1000);
  if (classFits && recent) return;
  throw new Refusal('authentication_insufficient', 'this needs a stronger or more recent sign-in', {
    ...(acr && { acrValues: acr }),
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
  });
}

/** Whether `inner` lies within `outer`: of the same type, and at least as limited in every field. */
function covers(outer: AuthorizationDetail, inner: AuthorizationDetail): boolean {
  if (outer.type !== inner.type) return false;
  if (outer.identifier !== undefined && outer.identifier !== inner.identifier) return false;
  return DETAIL_LISTS.every((field) => {
    const limit = outer[field];
    const within = inner[field];
    if (limit === undefined) return true;
    return within !== undefined && within.length > 0 && within.every((value) => limit.includes(value));
  });
}
