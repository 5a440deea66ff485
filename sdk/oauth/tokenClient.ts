import { setTimeout } from 'node:timers/promises';
import type { AuthorizationDetail } from '../../contract/accessToken.ts';
import { OAUTH_PATHS } from '../../contract/metadata.ts';
import type { TokenAnswer } from '../../contract/oauth.ts';
import { GRANT_TYPES, introspectionAnswer, revocationAnswer, TOKEN_TYPES, tokenAnswer } from '../../contract/oauth.ts';
import type { ClientIdentity } from './clientAuthentication.ts';
import type { DpopKey } from './dpopKey.ts';
import { generateDpopKey } from './dpopKey.ts';
import { dpopProof } from './dpopProof.ts';
import type { EndpointDependencies, FormCall } from './endpoint.ts';
import { callEndpoint } from './endpoint.ts';
import { Nonces } from './nonces.ts';

export interface TokenClientOptions extends ClientIdentity {
  /** What tokens are bound to. `none` for clients that a TLS certificate binds. @default a key pair of this process's */
  readonly dpop?: DpopKey | 'none';
  /** Where the authorization server is called, without a path. @default the issuer */
  readonly url?: string;
  readonly fetch?: typeof fetch;
  /** Of one attempt. @default 15000 */
  readonly timeoutMs?: number;
  /** Epoch milliseconds. @default Date.now */
  readonly clock?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

/** What the token should carry; without a member, all that grant and client allow. */
export interface TokenWish {
  /** Whom it is for; needed where the grant has several. */
  readonly audience?: string | undefined;
  readonly scope?: readonly string[] | undefined;
  readonly authorizationDetails?: readonly AuthorizationDetail[] | undefined;
}

export interface ExchangeInput extends TokenWish {
  readonly grantId: string;
  /** The holder's token of the identity provider, or a Writ token of the same grant. */
  readonly subjectToken: string;
  readonly actorToken?: string | undefined;
  /** The key that `subjectToken` is bound to, where it is another than this client's: it hands over to the new key. */
  readonly subjectKey?: DpopKey | undefined;
}

/** A token as it came. Secret, except where it is nothing without its key. */
export interface IssuedToken {
  readonly accessToken: string;
  /** How it is presented. */
  readonly tokenType: 'DPoP' | 'Bearer';
  /** Epoch milliseconds by this machine's clock. */
  readonly expiresAt: number;
  readonly scopes: readonly string[];
  readonly authorizationDetails: readonly Readonly<Record<string, unknown>>[];
  /** Works once, for this client and its key. */
  readonly refreshToken?: string;
}

/** `active`, and if so the claims (RFC 7662 §2.2). */
export type Introspection = Readonly<Record<string, unknown>> & { readonly active: boolean };

const SUBJECT_TYPE = TOKEN_TYPES.access;
const PATIENT = 3;

/**
 * The authorization server, for one client.
 *
 * @throws (all calls) TokenError when the server refuses; WritConnectionError when no answer came; WritProtocolError when
 * the answer is not Writ's; whatever `federated` rejects with
 */
export class TokenClient {
  readonly #deps: EndpointDependencies;
  readonly #makeKey: () => Promise<DpopKey | undefined>;
  #key: Promise<DpopKey | undefined> | undefined;

  constructor({ dpop, ...options }: TokenClientOptions) {
    if (options.issuer.endsWith('/')) throw new TypeError('`issuer` must not end in a slash: `iss` does not');
    this.#deps = {
      issuer: options.issuer,
      clientId: options.clientId,
      authentication: options.authentication,
      url: options.url ?? options.issuer,
      fetch: options.fetch ?? fetch,
      timeoutMs: options.timeoutMs ?? 15_000,
      clock: options.clock ?? Date.now,
      sleep: options.sleep ?? ((milliseconds) => setTimeout(milliseconds)),
      nonces: new Nonces(),
    };
    this.#makeKey = async () => (dpop === 'none' ? undefined : (dpop ?? (await generateDpopKey())));
  }

  /** What this client's tokens are bound to. */
  key(): Promise<DpopKey | undefined> {
    return (this.#key ??= this.#makeKey());
  }

  /** A token for a live grant, in exchange for one of its holder's (RFC 8693). */
  async exchange(input: ExchangeInput): Promise<IssuedToken> {
    const { grantId, subjectToken, actorToken, subjectKey } = input;
    const fields = {
      grant_type: GRANT_TYPES.exchange,
      grant_id: grantId,
      subject_token: subjectToken,
      subject_token_type: SUBJECT_TYPE,
      ...(actorToken !== undefined && { actor_token: actorToken, actor_token_type: SUBJECT_TYPE }),
      ...wishFields(input),
    };
    const key = await this.key();
    const proofs =
      subjectKey && key
        ? (nonce: string | undefined) => this.#handOver(subjectToken, subjectKey, key, nonce)
        : undefined;
    return this.#issue({ fields, proofs, attempts: PATIENT });
  }

  /** A token for a live grant that is this client's own. */
  async clientCredentials({ grantId, ...wish }: TokenWish & { readonly grantId: string }): Promise<IssuedToken> {
    const fields = { grant_type: GRANT_TYPES.client, grant_id: grantId, ...wishFields(wish) };
    return this.#issue({ fields, attempts: PATIENT });
  }

  /** The next token. The refresh token is spent by it, also when the answer gets lost: it is sent once. */
  async refresh(refreshToken: string, wish: TokenWish = {}): Promise<IssuedToken> {
    const fields = { grant_type: GRANT_TYPES.refresh, refresh_token: refreshToken, ...wishFields(wish) };
    return this.#issue({ fields, attempts: 1 });
  }

  /** Ends a token of this client's; a refresh token with all that came of it (RFC 7009). */
  async revoke(token: string): Promise<void> {
    await callEndpoint(this.#deps, {
      path: OAUTH_PATHS.revoke,
      fields: { token },
      answer: revocationAnswer,
      attempts: PATIENT,
    });
  }

  /** For resource servers: whether a token of their audience is good now (RFC 7662). */
  async introspect(token: string): Promise<Introspection> {
    return callEndpoint(this.#deps, {
      path: OAUTH_PATHS.introspect,
      fields: { token },
      answer: introspectionAnswer,
      attempts: PATIENT,
    });
  }

  async #issue(call: Pick<FormCall<typeof tokenAnswer>, 'fields' | 'proofs' | 'attempts'>): Promise<IssuedToken> {
    const since = this.#deps.clock();
    const key = await this.key();
    const answer = await callEndpoint(this.#deps, { ...call, path: OAUTH_PATHS.token, answer: tokenAnswer, key });
    return issuedOf(answer, since);
  }

  /** A proof by the key that the subject token is bound to, which names the new one. */
  async #handOver(
    accessToken: string,
    old: DpopKey,
    { thumbprint: bind }: DpopKey,
    nonce: string | undefined,
  ): Promise<{ subject_dpop: string }> {
    const url = `${this.#deps.issuer}${OAUTH_PATHS.token}`;
    const now = this.#deps.clock();
    return { subject_dpop: await dpopProof(old, { method: 'POST', url, accessToken, bind, nonce, now }) };
  }
}

export const createTokenClient = (options: TokenClientOptions): TokenClient => new TokenClient(options);

const wishFields = ({ audience, scope, authorizationDetails }: TokenWish): Record<string, string | undefined> => ({
  audience,
  scope: scope?.join(' '),
  authorization_details: authorizationDetails && JSON.stringify(authorizationDetails),
});

/** Its time counts from when it was asked for: it can't have begun before. */
const issuedOf = (answer: TokenAnswer, since: number): IssuedToken => ({
  accessToken: answer.access_token,
  tokenType: answer.token_type,
  expiresAt: since + answer.expires_in * 1_000,
  scopes: answer.scope === '' ? [] : answer.scope.split(' '),
  authorizationDetails: answer.authorization_details ?? [],
  ...(answer.refresh_token !== undefined && { refreshToken: answer.refresh_token }),
});
