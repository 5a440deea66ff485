import { randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { ASSERTION_TYPE } from '../../contract/oauth.ts';

/** Seconds: an assertion is used at once, and once. */
const LIFETIME_S = 60;

/**
 * How the client proves who it is. There are no shared secrets.
 *
 * - `privateKeyJwt`: by an assertion signed with a key whose public half is registered (RFC 7523).
 * - `federated`: by a token of a workload issuer that the deployment trusts, asked for each time.
 * - `none`: a public client, or one that its TLS certificate tells (give a `fetch` that has it).
 */
export type ClientAuthentication =
  | {
      readonly privateKeyJwt: {
        readonly key: CryptoKey | KeyObject | JWK;
        readonly kid: string;
        /** @default ES256 */
        readonly algorithm?: 'ES256' | 'EdDSA' | 'PS256' | 'RS256';
      };
    }
  | { readonly federated: () => string | Promise<string> }
  | 'none';

export interface ClientIdentity {
  /** The deployment's public base URL: whom assertions are for. */
  readonly issuer: string;
  readonly clientId: string;
  readonly authentication: ClientAuthentication;
}

/** An assertion that works once; undefined for a client that proves nothing. A secret. */
export async function clientAssertion(
  { issuer, clientId, authentication }: ClientIdentity,
  now: number,
): Promise<string | undefined> {
  if (authentication === 'none') return undefined;
  if ('federated' in authentication) return authentication.federated();
  const { key, kid, algorithm = 'ES256' } = authentication.privateKeyJwt;
  const iat = Math.floor(now / 1_000);
  return new SignJWT({ iss: clientId, sub: clientId, aud: issuer, jti: randomUUID(), iat, exp: iat + LIFETIME_S })
    .setProtectedHeader({ alg: algorithm, kid, typ: 'client-authentication+jwt' })
    .sign(key);
}

/** The form fields that say who asks (RFC 7521 §4.2). */
export async function clientFields(identity: ClientIdentity, now: number): Promise<Record<string, string>> {
  const assertion = await clientAssertion(identity, now);
  return {
    client_id: identity.clientId,
    ...(assertion !== undefined && { client_assertion_type: ASSERTION_TYPE, client_assertion: assertion }),
  };
}
