import { KeyObject } from 'node:crypto';
import type { CryptoKey } from 'jose';
import { compactVerify } from 'jose/jws/compact/verify';
import type { TrustedIssuer } from '../../core/bundle.ts';
import type { Clock } from '../../core/ports.ts';
import type { Principal } from '../../core/principal.ts';
import { checkTimes, readPrincipal, readTokenId } from './claims.ts';
import type { CompactToken } from './compactToken.ts';
import { normalizeTyp, parseCompactToken } from './compactToken.ts';
import { DEFAULT_ALGORITHMS, indexIssuers } from './issuers.ts';
import { createKeySource } from './keySource.ts';
import type { KeySource } from './keySource.ts';
import { readBinding, readClient, readMayAct } from './presenting.ts';
import type { NamedActor } from './presenting.ts';
import { verifyEs256 } from '../../tokens/es256.ts';
import { member } from '../../tokens/strictJson.ts';
import type { JsonObject } from '../../tokens/strictJson.ts';
import type { Remembered } from '../../tokens/tokenCache.ts';
import { TokenCache } from '../../tokens/tokenCache.ts';
import { TokenError } from './tokenError.ts';

const ACCESS_TOKEN_TYP = 'at+jwt';
const MAX_AUDIENCES = 10;
/** Tokens whose signature is not verified again: people's, at each of their requests. */
const MAX_SEEN = 1_000;

interface Signed extends Remembered {
  readonly by: CryptoKey;
}

/** What a bearer token proved. */
export interface VerifiedToken {
  readonly principal: Principal;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /**
   * The `jti`; absent only for tokens that are no RFC 9068 access tokens. Cache and revoke by issuer and this id, never
   * by a hash of the token: ECDSA signatures are malleable, so one token has several texts.
   */
  readonly tokenId?: string;
  /** The client that it was given to (`client_id`, else `azp`), as its issuer knows it; absent when it does not say. */
  readonly client?: string;
  /**
   * Thumbprint of the DPoP key that it is bound to (`cnf.jkt`). Who takes the token has to have that key proved, or to
   * refuse: the verifier sees no proof.
   */
  readonly jkt?: string;
  /** The one party that may act with it; absent when the token does not limit that. */
  readonly mayAct?: NamedActor;
}

export interface TokenVerifierOptions {
  readonly clock: Clock;
  /** @default the global fetch */
  readonly fetch?: typeof fetch;
  /** Milliseconds for one fetch of keys. @default 3000 */
  readonly timeoutMs?: number;
  /** Told when an issuer's keys could not be fetched, by issuer id. */
  readonly onKeysFailure?: (issuerId: string, reason: unknown) => void;
}

export interface TokenVerifier {
  /**
   * Verifies a bearer token: the text after `Bearer `. The result is trusted; the token is one of exactly one issuer
   * and identity domain.
   *
   * @throws TokenError, always, and with a code of the closed list
   */
  verify(token: string): Promise<VerifiedToken>;
}

/**
 * Verifies JWT access tokens of the trusted issuers (RFC 7515, RFC 7519, RFC 8725, RFC 9068).
 *
 * @example
 * const verifier = createTokenVerifier(bundle.issuers, { clock: Date.now });
 * const { principal } = await verifier.verify(token);
 *
 * @throws TypeError for an unsafe configuration of issuers
 */
export function createTokenVerifier(issuers: readonly TrustedIssuer[], options: TokenVerifierOptions): TokenVerifier {
  const byUrl = indexIssuers(issuers);
  const keySources = new Map<string, KeySource>();
  const seen = new TokenCache<Signed>(MAX_SEEN);
  for (const issuer of issuers) {
    const source = createKeySource(issuer.jwksUri, {
      fetch: options.fetch ?? fetch,
      clock: options.clock,
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      onFailure: (reason) => options.onKeysFailure?.(issuer.id, reason),
    });
    keySources.set(issuer.id, source);
  }

  return {
    async verify(token) {
      const parsed = parseCompactToken(token);
      const { kid, alg, typ, payload } = parsed;
      // The claims are not verified yet: they only choose the issuer whose keys must verify them.
      const issuer = chooseIssuer(byUrl, payload);
      if (!acceptedTyps(issuer).has(typ)) {
        throw new TokenError('typ_refused', 'the token is not of a type that its issuer may send as access token');
      }
      if (!(issuer.algorithms ?? DEFAULT_ALGORITHMS).includes(alg)) {
        throw new TokenError('alg_refused', 'the token\u2019s algorithm is not allowed for its issuer');
      }
      const key = await keySources.get(issuer.id)?.find({ alg, kid });
      const now = options.clock();
      // The issuer's key now: what another one signed before counts no more.
      const isKnown = key !== undefined && seen.get(token, now)?.by === key;
      if (!key || !(isKnown || (await isSignedBy(token, parsed, key)))) {
        throw new TokenError('signature_invalid', 'no key of the issuer verifies the token\u2019s signature');
      }

      const expiresAt = checkTimes(payload, now);
      if (!isKnown) seen.set(token, { by: key, forgetAt: expiresAt });
      const tokenId = readTokenId(payload, typ === ACCESS_TOKEN_TYP);
      const principal = readPrincipal(issuer, payload, now);
      const client = readClient(payload);
      const jkt = readBinding(payload);
      const mayAct = readMayAct(issuer, byUrl, payload);
      return {
        principal,
        expiresAt,
        ...(tokenId !== undefined && { tokenId }),
        ...(client !== undefined && { client }),
        ...(jkt !== undefined && { jkt }),
        ...(mayAct && { mayAct }),
      };
    },
  };
}

/** Exactly one trusted issuer, by URL and audience: a token for two of our audiences would be of two domains. */
function chooseIssuer(byUrl: ReadonlyMap<string, readonly TrustedIssuer[]>, claims: JsonObject): TrustedIssuer {
  const iss = member(claims, 'iss');
  const candidates = typeof iss === 'string' ? byUrl.get(iss) : undefined;
  if (!candidates) throw new TokenError('issuer_untrusted', 'the token\u2019s issuer is not trusted');
  const aud = member(claims, 'aud');
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  if (audiences.length > MAX_AUDIENCES || !audiences.every((item) => typeof item === 'string')) {
    throw new TokenError('claim_invalid', 'the claim `aud` is missing or not acceptable');
  }
  const [issuer, another] = candidates.filter((candidate) => audiences.includes(candidate.audience));
  if (!issuer || another) throw new TokenError('audience_mismatch', 'the token is not meant for this service');
  return issuer;
}

function acceptedTyps(issuer: TrustedIssuer): ReadonlySet<string> {
  const typs = issuer.typ ?? [ACCESS_TOKEN_TYP];
  return new Set([...typs, ...(issuer.acceptIdTokens === true ? ['JWT'] : [])].map(normalizeTyp));
}

/**
 * The signature covers the very text whose claims were read, so they need no second reading. ES256, which nearly all
 * tokens are, is verified at once: WebCrypto would hand it to another thread and back, at twice the cost. jose chose the
 * key by algorithm and curve either way, and checks the others' sizes.
 */
async function isSignedBy(
  token: string,
  { alg, signingInput, signature }: CompactToken,
  key: CryptoKey,
): Promise<boolean> {
  if (alg === 'ES256') return verifyEs256(KeyObject.from(key), signingInput, signature);
  try {
    await compactVerify(token, key, { algorithms: [alg] });
    return true;
  } catch {
    return false;
  }
}
