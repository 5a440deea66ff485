import * as client from 'openid-client';
import { CliFailure, signedOut } from '../failure.ts';
import { isLoopback } from '../store/config.ts';
import type { Session } from '../store/session.ts';
import { expiryOf } from './expiry.ts';
import { failed } from './failed.ts';

/** An issuer as the API's configuration names it, with the client that the command line is there. */
export interface SignInIssuer {
  readonly domain: string;
  readonly issuer: string;
  readonly audience: string;
  readonly clientId: string;
}

export type TokenAnswer = Awaited<ReturnType<typeof client.refreshTokenGrant>>;

/** @throws CliFailure `sign_in_failed` when the issuer can't be reached or is not the one it should be */
export async function discover(issuer: string, clientId: string): Promise<client.Configuration> {
  const url = new URL(issuer);
  const insecure = url.protocol === 'http:' && isLoopback(url);
  if (url.protocol !== 'https:' && !insecure) throw failed(`the issuer ${issuer} is not https`);
  return orFail(() =>
    client.discovery(url, clientId, undefined, client.None(), {
      timeout: 10,
      // Marked deprecated so that it is noticed: here it is for this machine's own issuer alone.
      // eslint-disable-next-line @typescript-eslint/no-deprecated
      execute: insecure ? [client.allowInsecureRequests] : [],
    }),
  );
}

/** What to ask for: a refresh token, and Writ's audience where it is a URI (RFC 8707). */
export function authorizationParameters(issuer: SignInIssuer): Record<string, string> {
  return {
    scope: 'openid offline_access',
    ...(URL.canParse(issuer.audience) && { resource: issuer.audience }),
  };
}

export function sessionFrom(
  answer: TokenAnswer,
  base: Omit<Session, 'accessToken' | 'expiresAt'>,
  now: number,
): Session {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: lifetime } = answer;
  return {
    ...base,
    accessToken,
    expiresAt: expiryOf(accessToken, lifetime, now),
    // An issuer that does not rotate leaves the old one in force.
    ...(refreshToken !== undefined && { refreshToken }),
  };
}

/** @throws CliFailure `signed_out` when the issuer no longer accepts the refresh token */
export async function refresh(session: Session, clientId: string, token: string, now: number): Promise<Session> {
  const configuration = await discover(session.issuer, clientId);
  const { accessToken: _, expiresAt: __, ...base } = session;
  try {
    return sessionFrom(await client.refreshTokenGrant(configuration, token), base, now);
  } catch (error) {
    if (error instanceof client.ResponseBodyError && error.error === 'invalid_grant') {
      throw signedOut('your sign-in has ended', session.again);
    }
    throw failed(reasonOf(error));
  }
}

/** Ends the refresh token at the issuer (RFC 7009). False when the issuer has no way to. */
export async function revoke(session: Session): Promise<boolean> {
  if (session.clientId === undefined || session.refreshToken === undefined) return false;
  const configuration = await discover(session.issuer, session.clientId);
  if (configuration.serverMetadata().revocation_endpoint === undefined) return false;
  const { refreshToken } = session;
  await orFail(() => client.tokenRevocation(configuration, refreshToken, { token_type_hint: 'refresh_token' }));
  return true;
}

export async function orFail<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof CliFailure) throw error;
    throw failed(reasonOf(error));
  }
}

/** The issuer's own words where it gave some; never a token: those errors carry the protocol's error members only. */
function reasonOf(error: unknown): string {
  if (error instanceof client.ResponseBodyError || error instanceof client.AuthorizationResponseError) {
    return error.error_description ?? error.error;
  }
  if (!(error instanceof Error)) return 'unknown failure';
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
