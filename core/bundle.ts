import type { ApprovalChain, Directory } from './chain.ts';
import type { Channel } from './channel.ts';
import type { Entitlement, Target } from './entitlement.ts';
import type { OAuthClient } from './oauth/client.ts';
import type { Domain } from './principal.ts';

/** An OIDC issuer whose access tokens Writ accepts, for one identity domain. */
export interface TrustedIssuer {
  /** Short name, part of principal ids; no colon. */
  readonly id: string;
  readonly domain: Domain;
  /** Compared exactly with `iss`. */
  readonly issuer: string;
  /** Compared exactly with `aud`. */
  readonly audience: string;
  readonly jwksUri: string;
  /** JWS algorithms; by default ES256, RS256, PS256 and EdDSA. */
  readonly algorithms?: readonly string[];
  /** Accepted `typ` header values; by default `at+jwt` (RFC 9068). */
  readonly typ?: readonly string[];
  /** Accept an ID token (`typ: JWT`) as bearer. Off unless the provider has no JWT access tokens. */
  readonly acceptIdTokens?: boolean;
  /** The public client of the command line, for the browser and device flows. */
  readonly clientId?: string;
  readonly claims?: {
    readonly subject?: string;
    readonly groups?: string;
    readonly project?: string;
    readonly person?: string;
    readonly email?: string;
    /** `amr` values each of which proves several factors; by default `mfa` alone (RFC 8176 §2). */
    readonly mfaValues?: readonly string[];
  };
}

/** Everything that decides, as one versioned unit. */
export interface PolicyBundle {
  /** SHA-256 of the RFC 8785 form of the parts below. */
  readonly sha256: string;
  /** Cedar schema, human form. */
  readonly schema: string;
  /** Cedar policies by `@id`. */
  readonly policies: Readonly<Record<string, string>>;
  readonly catalogue: readonly Entitlement[];
  readonly chains: readonly ApprovalChain[];
  /** Whom chains may ask. */
  readonly directory: Directory;
  /** Where news goes besides to the people concerned. */
  readonly channels: readonly Channel[];
  readonly issuers: readonly TrustedIssuer[];
  /** Applications that may ask for delegation tokens, or serve who bears them. */
  readonly clients: readonly OAuthClient[];
  readonly targets: Readonly<Record<string, Target>>;
}
