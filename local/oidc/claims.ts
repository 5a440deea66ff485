import type { Account } from './people.ts';

/** What an API must find in `aud` of an access token. */
export const AUDIENCE = 'writ';
/** The command line's public client. */
export const CLIENT_ID = 'writ-cli';
/** Seconds. */
export const TOKEN_LIFETIME_S = 3600;

/** How somebody signed in: RFC 8176 `amr` values and the assurance level that they amount to. */
export interface SignIn {
  readonly amr: readonly string[];
  readonly acr: string;
}

export function signIn(mfa: boolean): SignIn {
  return mfa ? { amr: ['pwd', 'otp', 'mfa'], acr: 'aal2' } : { amr: ['pwd'], acr: 'aal1' };
}

/** The claims about an account that are in its ID tokens and, with the sign-in, in its access tokens. */
export function accountClaims(account: Account): Record<string, unknown> {
  return { person: account.person, groups: account.groups, project: 'shop', email: account.email };
}
