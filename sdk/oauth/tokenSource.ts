import { WritConnectionError } from '../errors.ts';
import { dpopProof } from './dpopProof.ts';
import { Nonces } from './nonces.ts';
import type { IssuedToken, TokenClient } from './tokenClient.ts';
import { TokenError } from './tokenError.ts';

export interface TokenSourceOptions {
  readonly client: TokenClient;
  /** Gets a token from nothing: the same exchange again. */
  readonly obtain: (client: TokenClient) => Promise<IssuedToken>;
  /** For calls of resource servers. @default the global fetch */
  readonly fetch?: typeof fetch;
  /** Epoch milliseconds. @default Date.now */
  readonly clock?: () => number;
}

/** A token is renewed when a fifth of its time is left, and half a minute before its end at the earliest. */
const RENEW_AT = 0.2;
const RENEW_MS = 30_000;

/**
 * A live token, for as long as its grant lives.
 *
 * @example
 * const source = createTokenSource({ client, obtain: (client) => client.clientCredentials({ grantId }) });
 * const answer = await source.fetch('https://billing.example.com/reports/C-42');
 */
export class TokenSource {
  readonly #client: TokenClient;
  readonly #obtain: TokenSourceOptions['obtain'];
  readonly #fetch: typeof fetch;
  readonly #clock: () => number;
  readonly #nonces = new Nonces();
  #current: Kept | undefined;
  #renewal: Promise<IssuedToken> | undefined;

  constructor({ client, obtain, fetch: own, clock }: TokenSourceOptions) {
    this.#client = client;
    this.#obtain = obtain;
    this.#fetch = own ?? fetch;
    this.#clock = clock ?? Date.now;
  }

  /**
   * The token at hand while it is good, else a new one. Whoever asks meanwhile waits for the same.
   *
   * @throws TokenError, WritConnectionError, WritProtocolError, and whatever `obtain` rejects with
   */
  async get(): Promise<IssuedToken> {
    const kept = this.#current;
    const now = this.#clock();
    if (kept && now < kept.renewAt) return kept.token;
    this.#renewal ??= this.#renew(kept?.token).finally(() => {
      this.#renewal = undefined;
    });
    try {
      return await this.#renewal;
    } catch (error) {
      // No answer says nothing against a token that is still good.
      if (kept && isTransient(error) && this.#clock() < kept.token.expiresAt) return kept.token;
      throw error;
    }
  }

  /** Forgets the token at hand, as after an answer that it is not good any more. */
  forget(): void {
    this.#current = undefined;
  }

  /**
   * Calls a resource server with the token and, where it is bound to a key, a proof of the key for this very request. A
   * server that asks for a nonce is called once more with it. Redirects are answers: they would carry the token elsewhere.
   *
   * @throws TypeError for a URL that is not https (http only on this machine), and for headers that are set already;
   * whatever `get` throws; whatever `fetch` rejects with
   */
  async fetch(input: string | URL, init: RequestInit = {}): Promise<Response> {
    const url = checked(input);
    const token = await this.get();
    const first = await this.#send(url, init, token);
    const brought = this.#nonces.remember(url, first.headers);
    if (!brought || !asksForNonce(first) || isStream(init.body)) return first;
    await first.body?.cancel();
    const second = await this.#send(url, init, token);
    this.#nonces.remember(url, second.headers);
    return second;
  }

  async #renew(last: IssuedToken | undefined): Promise<IssuedToken> {
    const since = this.#clock();
    const token = (await this.#refreshed(last)) ?? (await this.#obtain(this.#client));
    const lifetime = token.expiresAt - since;
    const early = Math.min(RENEW_MS, lifetime * RENEW_AT);
    this.#current = { token, renewAt: token.expiresAt - early };
    return token;
  }

  /** Undefined where there is nothing to refresh with, or it does not work any more: then it is asked for from the start. */
  async #refreshed(last: IssuedToken | undefined): Promise<IssuedToken | undefined> {
    if (last?.refreshToken === undefined) return undefined;
    // Whatever comes of it, it must not be sent again: that would look like its theft, and end all that came of it.
    const { refreshToken, ...rest } = last;
    if (this.#current) this.#current = { ...this.#current, token: rest };
    try {
      return await this.#client.refresh(refreshToken);
    } catch (error) {
      if (isTransient(error) || (error instanceof TokenError && error.code === 'invalid_grant')) return undefined;
      throw error;
    }
  }

  async #send(url: string, init: RequestInit, token: IssuedToken): Promise<Response> {
    const headers = new Headers(init.headers);
    if (headers.has('authorization') || headers.has('dpop')) {
      throw new TypeError('`authorization` and `dpop` are set by the token source');
    }
    headers.set('authorization', `${token.tokenType} ${token.accessToken}`);
    if (token.tokenType === 'DPoP') headers.set('dpop', await this.#proof(url, init, token.accessToken));
    return this.#fetch(url, { ...init, headers, redirect: 'manual' });
  }

  async #proof(url: string, { method = 'GET' }: RequestInit, accessToken: string): Promise<string> {
    const key = await this.#client.key();
    if (!key) throw new TypeError('the token is bound to a key that this client does not have');
    const nonce = this.#nonces.for(url);
    return dpopProof(key, { method: normalMethod(method), url, accessToken, nonce, now: this.#clock() });
  }
}

export const createTokenSource = (options: TokenSourceOptions): TokenSource => new TokenSource(options);

interface Kept {
  readonly token: IssuedToken;
  /** Epoch milliseconds. */
  readonly renewAt: number;
}

const isTransient = (error: unknown): boolean =>
  error instanceof WritConnectionError ||
  (error instanceof TokenError && (error.code === 'temporarily_unavailable' || error.code === 'slow_down'));

/** RFC 9449 §9. */
const asksForNonce = ({ status, headers }: Response): boolean =>
  status === 401 && /\berror="?use_dpop_nonce"?/i.test(headers.get('www-authenticate') ?? '');

/** Such a body is gone once it was sent. */
const isStream = (body: RequestInit['body']): boolean => body instanceof ReadableStream;

/** As `fetch` sends it (fetch.spec.whatwg.org, "normalize a method"). */
const normalMethod = (method: string): string =>
  /^(delete|get|head|options|post|put)$/i.test(method) ? method.toUpperCase() : method;

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

function checked(input: string | URL): string {
  const url = URL.canParse(String(input)) ? new URL(input) : undefined;
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.has(url.hostname));
  if (!url || !safe) throw new TypeError('a token goes to https URLs alone (http only on this machine)');
  return url.href;
}
