import type { Scope } from '../scope.ts';
import type { AuthorizationDetail } from './authorizationDetails.ts';
import { commonDetails, detailsCover, detailsFor } from './authorizationDetails.ts';
import { OAuthError } from './oauthError.ts';

/** What a grant, a client or a subject token allows. `undefined` is no limit of this one's own. */
export interface Bound {
  readonly scopes?: readonly string[];
  readonly details?: readonly AuthorizationDetail[];
}

/** What the client asks for, well-formed. Absent means: all that there is. */
export interface TokenWish {
  readonly audience?: string;
  readonly scopes?: readonly string[];
  readonly details?: readonly AuthorizationDetail[];
}

export interface Authority {
  readonly audience: string;
  readonly scopes: readonly string[];
  readonly details: readonly AuthorizationDetail[];
}

/** The operations that a scope names for the audience: every one has a meaning there (RFC 9068 §3). */
export const scopesFor = (scope: Scope, audience: string): readonly string[] => [
  ...new Set(scope.filter(({ resources }) => resources.includes(audience)).flatMap(({ actions }) => actions)),
];

export const audiencesOf = (scope: Scope): readonly string[] => [
  ...new Set(scope.flatMap(({ resources }) => resources)),
];

/**
 * The one audience that the token is for.
 *
 * @throws OAuthError `invalid_target`, naming what there is
 */
export function chooseAudience(grant: Scope, allowed: readonly string[], wished: string | undefined): string {
  const possible = audiencesOf(grant).filter((audience) => allowed.includes(audience));
  if (wished !== undefined && possible.includes(wished)) return wished;
  const [only, ...more] = possible;
  if (wished === undefined && only !== undefined && more.length === 0) return only;
  const offer = possible.length === 0 ? 'this client gets none for this grant' : `name one of ${possible.join(' ')}`;
  throw new OAuthError('invalid_target', `the audience is not one that the grant and the client have: ${offer}`);
}

/**
 * What the token carries: grant ∩ every bound, for its audience, and no more than was wished. Who asks for nothing gets
 * the intersection; who asks for more than it is refused, not cut down.
 *
 * @param granted what the grant lends: its scope and its authorization details
 * @throws OAuthError `invalid_scope`, `invalid_authorization_details`, `invalid_target`
 */
export function authorityOf(
  granted: { readonly scope: Scope; readonly details: readonly AuthorizationDetail[] },
  audiences: readonly string[],
  bounds: readonly Bound[],
  wish: TokenWish,
): Authority {
  const audience = chooseAudience(granted.scope, audiences, wish.audience);
  const scopes = bounds.reduce<readonly string[]>(
    (left, { scopes: limit }) => (limit ? left.filter((scope) => limit.includes(scope)) : left),
    scopesFor(granted.scope, audience),
  );
  const limits = detailsFor(granted.details, audience);
  const details = bounds.reduce<readonly AuthorizationDetail[]>(
    (left, { details: limit }) => (limit ? commonDetails(left, limit) : left),
    limits,
  );
  // A token without them would have no limit where the grant has one.
  if (limits.length > 0 && (details.length === 0 || wish.details?.length === 0)) {
    throw new OAuthError(
      'invalid_authorization_details',
      'grant, client and subject have none in common for this audience: the token would have no limit',
    );
  }
  const excess = wish.scopes?.filter((scope) => !scopes.includes(scope)) ?? [];
  if (excess.length > 0) {
    const offer = scopes.length > 0 ? `ask for no more than: ${scopes.join(' ')}` : 'no scope is left for this token';
    throw new OAuthError('invalid_scope', `the scope exceeds what grant, client and subject have together; ${offer}`);
  }
  if (wish.details && !detailsCover(details, wish.details)) {
    throw new OAuthError('invalid_authorization_details', 'they exceed what grant, client and subject have together');
  }
  const carried = { audience, scopes: wish.scopes ?? scopes, details: wish.details ?? details };
  if (carried.scopes.length === 0 && carried.details.length === 0) {
    throw new OAuthError('invalid_scope', 'grant, client and subject have nothing in common: the token would be empty');
  }
  return carried;
}
