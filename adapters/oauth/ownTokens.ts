import type { AccessTokenClaims } from '../../core/oauth/accessToken.ts';
import type { PublicJwk } from '../../core/oauth/client.ts';
import { parseCompactJws } from '../../tokens/compactJws.ts';
import type { VerificationKey } from '../../tokens/publicKey.ts';
import { importPublicKey } from '../../tokens/publicKey.ts';
import { verifySignature } from '../../tokens/signature.ts';
import { member } from '../../tokens/strictJson.ts';
import type { Remembered } from '../../tokens/tokenCache.ts';
import { TokenCache } from '../../tokens/tokenCache.ts';
import { TokenFault } from '../../tokens/tokenFault.ts';
import { parseAccessTokenClaims } from './accessTokenClaims.ts';

export interface OwnTokens {
  /**
   * The claims of an access token that Writ signed, for introspection, revocation and exchange. Expiry and revocation are
   * not looked at. Undefined for any other text; rejects when Writ's own keys can't be had.
   */
  read(token: string): Promise<AccessTokenClaims | undefined>;
}

export interface OwnTokensOptions {
  /** The tokens' `iss`, exactly. */
  readonly issuerUrl: string;
  /** Of every generation of token-signing keys. */
  readonly jwks: () => Promise<{ readonly keys: readonly PublicJwk[] }>;
}

/** Introspected again and again, at each of their uses. */
const MAX_SEEN = 1_000;
/** The keys stay as long as the process does, and expiry is not looked at here. */
const NEVER = Infinity;

interface Seen extends Remembered {
  readonly claims: AccessTokenClaims;
}

/** Verifies Writ's own access tokens: ES256 by one of its keys, `typ: at+jwt`, the claims exactly those that it makes. */
export function createOwnTokens({ issuerUrl, jwks }: OwnTokensOptions): OwnTokens {
  let keys: ReadonlyMap<unknown, VerificationKey> | undefined;
  const seen = new TokenCache<Seen>(MAX_SEEN);

  async function keyOf(kid: string): Promise<VerificationKey | undefined> {
    keys ??= new Map((await jwks()).keys.map((jwk) => [jwk['kid'], importPublicKey(jwk, 'ES256')]));
    return keys.get(kid);
  }

  return {
    async read(token) {
      const before = seen.get(token, 0);
      if (before) return before.claims;
      const jws = parsed(token);
      const { alg, typ, kid } = jws?.header ?? {};
      if (!jws || alg !== 'ES256' || typ !== 'at+jwt' || kid === undefined) return undefined;
      if (member(jws.payload, 'iss') !== issuerUrl) return undefined;
      const key = await keyOf(kid);
      if (!key || !verifySignature(key, jws.signingInput, jws.signature)) return undefined;
      const claims = parseAccessTokenClaims(jws.payload);
      if (claims) seen.set(token, { claims, forgetAt: NEVER });
      return claims;
    },
  };
}

function parsed(token: string): ReturnType<typeof parseCompactJws> | undefined {
  try {
    return parseCompactJws(token);
  } catch (error) {
    if (error instanceof TokenFault) return undefined;
    throw error;
  }
}
