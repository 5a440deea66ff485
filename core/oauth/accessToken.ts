import type { PrincipalId } from '../principal.ts';
import type { Actor } from './actorChain.ts';
import type { AuthorizationDetail } from './authorizationDetails.ts';

/** To whom a token is bound: a DPoP key (RFC 9449 §6.1) or a client certificate (RFC 8705 §3.1), by its SHA-256. */
export type Confirmation = { readonly jkt: string } | { readonly 'x5t#S256': string };

/**
 * Authentication context class of the holder's sign-in, as tokens state it. Never higher than the sign-in was: exchange
 * and refresh carry it along.
 */
export const ACR = { mfa: 'urn:writ:acr:mfa', single: 'urn:writ:acr:single' } as const;
export type Acr = (typeof ACR)[keyof typeof ACR];

/**
 * The claims of a delegation token: a JWT access token (RFC 9068), ES256, `typ: at+jwt`. Times are seconds since the
 * epoch. `sub` and actors are principal ids; no name, no address, no group.
 */
export interface AccessTokenClaims {
  readonly iss: string;
  /** Whose authority it is: the holder of the grant, or whom an impersonation acts for. */
  readonly sub: PrincipalId;
  /** One audience. */
  readonly aud: string;
  readonly client_id: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  /** Blank-separated; may be empty where `authorization_details` say it all. */
  readonly scope: string;
  readonly authorization_details?: readonly AuthorizationDetail[];
  /** Who acts. Absent only where the client is the subject itself. */
  readonly act?: Actor;
  readonly cnf?: Confirmation;
  /** Absent for an impersonation: its subject did not sign in. */
  readonly acr?: Acr;
  readonly auth_time?: number;
  /** `impersonation`: somebody acts in the subject's name, with their consent. */
  readonly kind: 'delegation' | 'impersonation';
  readonly grant_id: string;
  /** The grants above it, root first, where it was lent on. The token lives while all of them do. */
  readonly grant_chain?: readonly string[];
  readonly entitlement: string;
  readonly project: string;
  readonly purpose: string;
  /** SHA-256 of the policy bundle that allowed it. */
  readonly bundle: string;
  /** The subject's consent: the approval's id on the grant. */
  readonly consent?: string;
  /** How often it may be spent at `consume`; absent where it is not counted. */
  readonly max_uses?: number;
  /** SHA-256, hex, of `<jti>|<address>`: the address that it was issued to and must be used from. */
  readonly source?: string;
  /** The AWS Region that it must be used in. */
  readonly region?: string;
  /** Where its revocation can be looked up (Token Status List draft §6.1). */
  readonly status: { readonly status_list: { readonly idx: number; readonly uri: string } };
}

/** The grants that the token hangs on, root first, its own last. */
export const lineageOf = ({ grant_chain = [], grant_id }: AccessTokenClaims): readonly string[] => [
  ...grant_chain,
  grant_id,
];

/** What is kept of a token, so that it can be ended before it expires. Never the token itself. */
export interface TokenRecord {
  readonly jti: string;
  readonly grantId: string;
  readonly clientId: string;
  /** Position in the status list, its own while it lives. */
  readonly statusIndex: number;
  /** Epoch milliseconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /**
   * How often its grant had been narrowed. Once it is narrowed again, the token's time is over. A count, not a time: an
   * issuing and a narrowing side by side may each read its clock before the other's.
   */
  readonly narrowings: number;
  /** The refresh token's family that it belongs to, or that the token belonged to which it was exchanged for. */
  readonly family?: string;
  /** The tokens that it was exchanged for, one after the other, first to last: it ends with each of them. */
  readonly origins?: readonly string[];
  readonly revokedAt?: number;
  /** Spent at `consume`. */
  readonly uses: number;
}

/**
 * What every reader of tokens takes at most: introspection, revocation and exchange here, `writ/verify` at resource servers.
 * Nothing bigger is made, since it would be good for nothing.
 */
export const TOKEN_LIMITS = { characters: 8_192, scopeCharacters: 4_000, details: 100 } as const;

/** How often a token can be exchanged further, hand to hand: each issuing looks at all that it comes of. */
export const MAX_ORIGINS = 8;

/** Entries of the status list: as many tokens can live at a time. 2^20 bits are 128 kB before compression. */
export const STATUS_LIST_SIZE = 1 << 20;

/** Seconds by which clocks of verifiers may differ from ours. */
export const VERIFIER_SKEW_S = 15;
