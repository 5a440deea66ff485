import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { inspect } from 'node:util';
import type { TrustedIssuer } from '../../../core/bundle.ts';
import { createTokenVerifier } from '../../../adapters/oidc/verifier.ts';
import type { TokenVerifier, TokenVerifierOptions } from '../../../adapters/oidc/verifier.ts';
import { TokenError } from '../../../adapters/oidc/tokenError.ts';

/** 2026-11-21T12:00:00Z in epoch milliseconds. */
export const NOW = 1_795_262_400_000;
export const NOW_S = NOW / 1000;

export const ADMIN: TrustedIssuer = {
  id: 'admins',
  domain: 'admin',
  issuer: 'https://idp.example.com',
  audience: 'writ',
  jwksUri: 'https://idp.example.com/jwks',
  claims: { person: 'person' },
};
export const SUPPORT: TrustedIssuer = {
  id: 'support',
  domain: 'support',
  issuer: 'https://idp.example.com/support',
  audience: 'writ',
  jwksUri: 'https://idp.example.com/support/jwks',
  claims: { person: 'person' },
};

/** The same issuer, without a mapping of claims. */
export const unmapped = ({ claims: _, ...issuer }: TrustedIssuer): TrustedIssuer => issuer;

export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: Record<string, unknown>;
}

/** Generates a key whose algorithm is one of the default allow-list. */
export function makeKey(kid: string, alg: 'ES256' | 'RS256' | 'PS256' | 'EdDSA' = 'ES256', bits = 2048): SigningKey {
  const pair =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : alg === 'EdDSA'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('rsa', { modulusLength: bits });
  return { kid, alg, ...pair, jwk: { ...pair.publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } };
}

export const base64url = (text: string | Buffer): string => Buffer.from(text).toString('base64url');

/** Signs whatever text is given as header and payload: JOSE libraries would refuse to make most bad tokens. */
export function signText(key: SigningKey, header: string | Buffer, payload: string | Buffer): string {
  const input = `${base64url(header)}.${base64url(payload)}`;
  const signer =
    key.alg === 'PS256'
      ? { key: key.privateKey, padding: 6, saltLength: 32 }
      : { key: key.privateKey, dsaEncoding: 'ieee-p1363' as const };
  return `${input}.${base64url(sign(key.alg === 'EdDSA' ? null : 'sha256', Buffer.from(input), signer))}`;
}

export function signHmac(secret: string | Buffer, header: string, payload: string): string {
  const input = `${base64url(header)}.${base64url(payload)}`;
  return `${input}.${base64url(createHmac('sha256', secret).update(input).digest())}`;
}

export const headerOf = (key: SigningKey, changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  alg: key.alg,
  typ: 'at+jwt',
  kid: key.kid,
  ...changes,
});

/** The claims of a good token. A member that is `undefined` in `changes` is left out. */
export const claimsOf = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  iss: ADMIN.issuer,
  aud: 'writ',
  sub: 'alice',
  client_id: 'writ-cli',
  person: 'alice',
  groups: ['engineers'],
  project: 'shop',
  email: 'alice@example.com',
  amr: ['pwd', 'otp', 'mfa'],
  auth_time: NOW_S - 60,
  iat: NOW_S - 10,
  exp: NOW_S + 3600,
  jti: 'token-1',
  ...changes,
});

export interface Changes {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
}

export function makeToken(key: SigningKey, { header, claims }: Changes = {}): string {
  return signText(key, JSON.stringify(headerOf(key, header)), JSON.stringify(claimsOf(claims)));
}

/** An HTTP server for key sets, in memory: what it answers can be changed, and it counts. */
export class KeyServer {
  readonly sets = new Map<string, unknown>();
  answer: ((url: string, init: RequestInit | undefined) => Promise<Response>) | undefined;
  fetches = 0;

  readonly fetch: typeof fetch = async (input, init) => {
    this.fetches++;
    const url = input instanceof Request ? input.url : input.toString();
    if (this.answer) return this.answer(url, init);
    return Response.json({ keys: this.sets.get(url) ?? [] });
  };
}

export interface Bench {
  readonly server: KeyServer;
  readonly verifier: TokenVerifier;
  readonly failures: { issuerId: string; reason: unknown }[];
  /** Epoch milliseconds. */
  now: number;
}

/** A verifier over a key server that knows `key` for the admin issuer. */
export function makeBench(
  key: SigningKey,
  issuers: readonly TrustedIssuer[] = [ADMIN, SUPPORT],
  options: Partial<TokenVerifierOptions> = {},
): Bench {
  const server = new KeyServer();
  server.sets.set(ADMIN.jwksUri, [key.jwk]);
  const failures: Bench['failures'] = [];
  const bench: Bench = {
    server,
    failures,
    now: NOW,
    verifier: createTokenVerifier(issuers, {
      clock: () => bench.now,
      fetch: server.fetch,
      onKeysFailure: (issuerId, reason) => failures.push({ issuerId, reason }),
      ...options,
    }),
  };
  return bench;
}

/** The code with which a token is refused, after checking that the error tells nothing of it. */
export async function refusalOf(verifier: TokenVerifier, token: string): Promise<string> {
  try {
    await verifier.verify(token);
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    const told = inspect(error, { depth: null, showHidden: true });
    for (const part of token.split('.')) {
      if (part.length > 8 && told.includes(part))
        throw new Error('the error holds a part of the token', { cause: error });
    }
    if (error.status !== (error.code === 'keys_unavailable' ? 503 : 401)) throw new Error('wrong status');
    return error.code;
  }
  return 'accepted';
}
