import type { AccessTokenClaims, Actor, AuthorizationDetail, Confirmation } from '../../contract/accessToken.ts';

declare const brand: unique symbol;

/** Whether revocation was looked at: `unchecked` where the verifier was told not to. */
export type RevocationKnowledge = 'active' | 'unchecked';

interface Common {
  /** Only a verifier makes one: see {@link isVerified}. */
  readonly [brand]: true;
  /** The `jti`: log it, and never the token. */
  readonly tokenId: string;
  /** Whose authority it is, as a principal id: `<domain>:<issuer>:<subject>`. */
  readonly subject: string;
  /** Who acts, outermost first. Only the first one's identity may decide anything (RFC 8693 §4.1). */
  readonly actors: readonly string[];
  readonly clientId: string;
  readonly audience: string;
  readonly grantId: string;
  /** The grants that its own was lent on from, root first. */
  readonly grantChain: readonly string[];
  readonly scopes: readonly string[];
  readonly details: readonly AuthorizationDetail[];
  readonly entitlement: string;
  readonly project: string;
  readonly purpose: string;
  /** SHA-256 of the policy bundle that allowed it. */
  readonly bundleSha256: string;
  /** Id of the subject's consent on the grant. */
  readonly consent: string | undefined;
  /** How often it may be spent; undefined where that is not counted. Whoever takes it has to call `consume`. */
  readonly maxUses: number | undefined;
  /** Epoch milliseconds. */
  readonly issuedAt: number;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly revocation: RevocationKnowledge;
}

/** Somebody acts by authority that is lent from its subject. */
export interface VerifiedDelegation extends Common {
  readonly kind: 'delegation';
  /** What it is bound to; proved with this request. */
  readonly confirmation: Confirmation | undefined;
  /** How the holder signed in (RFC 9470). */
  readonly acr: string | undefined;
  /** Epoch milliseconds. */
  readonly authenticatedAt: number | undefined;
}

/** Somebody acts in the subject's name, with their consent. There is always somebody in `actors`. */
export interface VerifiedImpersonation extends Common {
  readonly kind: 'impersonation';
  readonly actors: readonly [string, ...string[]];
  readonly confirmation: Confirmation;
  readonly consent: string;
}

/** A token whose signature, claims, binding and revocation were checked, and that fits what was asked for. Frozen. */
export type VerifiedToken = VerifiedDelegation | VerifiedImpersonation;

/** Whether a verifier of this process made it, and not a look-alike. */
export const isVerified = (value: unknown): value is VerifiedToken => Verified.made(value);

/** @param claims verified */
export function toVerified(claims: AccessTokenClaims, revocation: RevocationKnowledge): VerifiedToken {
  // `readClaims` has seen to what an impersonation must have.
  return new Verified(claims, revocation) as unknown as VerifiedToken;
}

/** Several requests may be given the same result, so it is frozen: none can change it for the others. */
class Verified {
  readonly kind: AccessTokenClaims['kind'];
  readonly tokenId: string;
  readonly subject: string;
  readonly actors: readonly string[];
  readonly clientId: string;
  readonly audience: string;
  readonly grantId: string;
  readonly grantChain: readonly string[];
  readonly scopes: readonly string[];
  readonly details: readonly AuthorizationDetail[];
  readonly entitlement: string;
  readonly project: string;
  readonly purpose: string;
  readonly bundleSha256: string;
  readonly consent: string | undefined;
  readonly maxUses: number | undefined;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly revocation: RevocationKnowledge;
  readonly confirmation: Confirmation | undefined;
  readonly acr: string | undefined;
  readonly authenticatedAt: number | undefined;
  /** What a look-alike does not have. */
  readonly #made = true;

  constructor(claims: AccessTokenClaims, revocation: RevocationKnowledge) {
    this.kind = claims.kind;
    this.tokenId = claims.jti;
    this.subject = claims.sub;
    this.actors = Object.freeze(actorsOf(claims.act));
    this.clientId = claims.client_id;
    this.audience = claims.aud;
    this.grantId = claims.grant_id;
    this.grantChain = claims.grant_chain ? Object.freeze(claims.grant_chain) : NONE;
    this.scopes = claims.scope === '' ? NONE : Object.freeze(claims.scope.split(' '));
    this.details = claims.authorization_details ? freeze(claims.authorization_details) : NONE;
    this.entitlement = claims.entitlement;
    this.project = claims.project;
    this.purpose = claims.purpose;
    this.bundleSha256 = claims.bundle;
    this.consent = claims.consent;
    this.maxUses = claims.max_uses;
    this.issuedAt = claims.iat * 1000;
    this.expiresAt = claims.exp * 1000;
    this.revocation = revocation;
    this.confirmation = claims.cnf && Object.freeze(claims.cnf);
    this.acr = claims.acr;
    this.authenticatedAt = claims.auth_time === undefined ? undefined : claims.auth_time * 1000;
    Object.freeze(this);
  }

  static made(value: unknown): value is Verified {
    return typeof value === 'object' && value !== null && #made in value;
  }
}

const NONE: readonly never[] = Object.freeze([]);

function actorsOf(act: Actor | undefined): string[] {
  const actors: string[] = [];
  for (let link = act; link; link = link.act) actors.push(link.sub);
  return actors;
}

/** With all that is in it. */
function freeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) freeze(part as object);
  return Object.freeze(value);
}
