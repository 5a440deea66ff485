import type { Account } from './people.ts';

/** What an API must find in `aud` of an access token. */
export const AUDIENCE = 'writ';
/** The command line's public client. */
export const CLIENT_ID = 'writ-cli';
const TOKEN_LIFETIME_S = 3600;
/** What the API takes at most. */
const MAX_TOKEN_LIFETIME_S = 48 * 3600;

/** How long a token lasts, in whole seconds: for its client, and by the clock that its claims and the API go by. */
export interface TokenLifetime {
  readonly real: number;
  readonly system: number;
}

/** An hour of real time, however fast the system's clock runs, as long as the API takes a token of that lifetime. */
export function tokenLifetime(clockRate: number): TokenLifetime {
  const real = Math.min(TOKEN_LIFETIME_S, Math.floor(MAX_TOKEN_LIFETIME_S / clockRate));
  return { real, system: Math.floor(real * clockRate) };
}

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
