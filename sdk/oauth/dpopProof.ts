import { createHash, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { DpopKey } from './dpopKey.ts';

/** What a proof is for: one request. */
export interface ProofTarget {
  readonly method: string;
  /** With query and fragment or without: proofs leave them out. */
  readonly url: string;
  /** The nonce that the server gave last. */
  readonly nonce?: string | undefined;
  /** The token that goes with it, at a resource server. */
  readonly accessToken?: string | undefined;
  /** Thumbprint of the new key, where the old one hands a token over to it. */
  readonly bind?: string | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A DPoP proof (RFC 9449 §4.2): good for one request, for a minute. */
export function dpopProof(key: DpopKey, { method, url, nonce, accessToken, bind, now }: ProofTarget): Promise<string> {
  const claims = {
    jti: randomUUID(),
    htm: method,
    htu: withoutQuery(url),
    iat: Math.floor(now / 1_000),
    ...(nonce !== undefined && { nonce }),
    ...(accessToken !== undefined && { ath: createHash('sha256').update(accessToken).digest('base64url') }),
    ...(bind !== undefined && { bind }),
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: { ...key.publicJwk } })
    .sign(key.privateKey);
}

function withoutQuery(text: string): string {
  const url = new URL(text);
  return `${url.origin}${url.pathname}`;
}
