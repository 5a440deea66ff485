import { randomUUID } from 'node:crypto';
import { SignJWT, importJWK } from 'jose';
import type { JWK } from 'jose';
import { AUDIENCE, CLIENT_ID, accountClaims, signIn } from './claims.ts';
import type { TokenLifetime } from './claims.ts';
import type { Account } from './people.ts';

/** What `GET /dev/token` answers. */
export interface DevTokens {
  readonly id_token: string;
  readonly access_token: string;
  readonly token_type: 'Bearer';
  /** Seconds. */
  readonly expires_in: number;
  readonly domain: string;
  readonly issuer: string;
}

interface DevTokenFacts {
  readonly issuer: string;
  readonly key: JWK;
  readonly mfa: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly lifetime: TokenLifetime;
}

/**
 * Makes, without any sign-in, the tokens that the flows of the account's issuer would give. For scripts and tests;
 * only this local provider has it.
 */
export async function makeDevTokens(
  account: Account,
  { issuer, key, mfa, now, lifetime }: DevTokenFacts,
): Promise<DevTokens> {
  const seconds = Math.floor(now / 1000);
  const privateKey = await importJWK(key, 'ES256');
  const claims = { ...accountClaims(account), ...signIn(mfa), auth_time: seconds };
  const make = (typ: string, audience: string, more: Record<string, unknown>): Promise<string> =>
    new SignJWT({ ...claims, ...more })
      .setProtectedHeader({ alg: 'ES256', typ, ...(key.kid === undefined ? {} : { kid: key.kid }) })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(account.name)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + lifetime.system)
      .sign(privateKey);
  return {
    id_token: await make('JWT', CLIENT_ID, {}),
    access_token: await make('at+jwt', AUDIENCE, { client_id: CLIENT_ID, jti: randomUUID() }),
    token_type: 'Bearer',
    expires_in: lifetime.real,
    domain: account.domain,
    issuer,
  };
}
