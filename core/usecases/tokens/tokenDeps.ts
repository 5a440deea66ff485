import type { AuthorizationDetail } from '../../oauth/authorizationDetails.ts';
import type { Confirmation } from '../../oauth/accessToken.ts';
import type { TokenWish } from '../../oauth/authority.ts';
import type { OAuthClient } from '../../oauth/client.ts';
import type { Mark, TokenSigner, TokenStore } from '../../oauth/ports.ts';
import type { GrantStore } from '../../ports.ts';
import type { Principal } from '../../principal.ts';
import type { Deps } from '../deps.ts';

/** What the authorization server stands on. */
export interface TokenDeps extends Omit<Deps, 'store'> {
  /** It moves no grant. */
  readonly store: Pick<GrantStore, 'get' | 'append'>;
  readonly tokens: TokenStore;
  readonly signer: TokenSigner;
  /** The public base URL: exactly the tokens' `iss`. */
  readonly issuerUrl: string;
  /** Where the status list is. */
  readonly statusListUrl: string;
  /** The AWS Region that Writ runs in. */
  readonly region: string;
}

/** A request at the token endpoint whose client, proofs and form were verified at the edge. */
export interface TokenAsk {
  readonly client: OAuthClient;
  /** The client as a principal, for policy. */
  readonly clientPrincipal: Principal;
  readonly wish: TokenWish;
  /** The key or certificate that this request proved: what the token is bound to. */
  readonly confirmation?: Confirmation;
  /** What was presented with it and must not be presented again. */
  readonly marks: readonly Mark[];
  readonly sourceIp: string;
}

/** A token as it leaves. Secret. */
export interface IssuedToken {
  readonly accessToken: string;
  readonly bound: 'dpop' | 'mtls' | undefined;
  readonly expiresInSeconds: number;
  readonly scopes: readonly string[];
  readonly details: readonly AuthorizationDetail[];
  readonly refreshToken?: string;
}
