import type { Principal, PrincipalId } from '../principal.ts';
import type { AccessTokenClaims } from './accessToken.ts';

/**
 * A subject or actor token whose signature, issuer, audience, type and times were verified, told apart by where it came
 * from and not by which parameters came with it.
 */
export type PresentedToken =
  | {
      readonly from: 'issuer';
      readonly principal: Principal;
      /** The client at the identity provider that it was given to (`client_id`, else `azp`). */
      readonly client: string | undefined;
      /** Thumbprint of the DPoP key that it is bound to. */
      readonly jkt?: string;
      readonly mayAct?: MayAct;
      /** Epoch milliseconds. */
      readonly expiresAt: number;
    }
  | {
      readonly from: 'writ';
      readonly claims: AccessTokenClaims;
      readonly expiresAt: number;
    };

/** The `may_act` claim (RFC 8693 §4.4): the one party that may act with the token. */
export interface MayAct {
  /** The principal that it names by `iss` and `sub`; undefined for one that Writ does not know, who is nobody here. */
  readonly actor: PrincipalId | undefined;
}
