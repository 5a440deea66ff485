import type { AccessTokenClaims, Actor, AuthorizationDetail, Confirmation } from '../../contract/accessToken.ts';

/** Whether revocation was looked at: `unchecked` where the verifier was told not to. */
export type RevocationKnowledge = 'active' | 'unchecked';

/**
 * Verified claims. Each request is given one of its own, with lists of its own: what one does to it, no other sees. (To
 * freeze one for all would take longer than all its checks beside the signature.)
 *
 * Members are declared and not defined: to define each before it is assigned would take as long as the rest.
 */
class Verified {
  declare readonly kind: AccessTokenClaims['kind'];
  /** The `jti`: log it, and never the token. */
  declare readonly tokenId: string;
  /** Whose authority it is, as a principal id: `<domain>:<issuer>:<subject>`. */
  declare readonly subject: string;
  /** Who acts, outermost first. Only the first one's identity may decide anything (RFC 8693 §4.1). */
  declare readonly actors: readonly string[];
  declare readonly clientId: string;
  declare readonly audience: string;
  declare readonly grantId: string;
  /** The grants that its own was lent on from, root first. */
  declare readonly grantChain: readonly string[];
  declare readonly scopes: readonly string[];
  declare readonly details: readonly AuthorizationDetail[];
  declare readonly entitlement: string;
  declare readonly project: string;
  declare readonly purpose: string;
  /** SHA-256 of the policy bundle that allowed it. */
  declare readonly bundleSha256: string;
  /** Id of the subject's consent on the grant. */
  declare readonly consent: string | undefined;
  /** How often it may be spent; undefined where that is not counted. Whoever takes it has to call `consume`. */
  declare readonly maxUses: number | undefined;
  /** Epoch milliseconds. */
  declare readonly issuedAt: number;
  /** Epoch milliseconds. */
  declare readonly expiresAt: number;
  declare readonly revocation: RevocationKnowledge;
  /** What it is bound to; proved with this request. */
  declare readonly confirmation: Confirmation | undefined;
  /** How the holder signed in (RFC 9470). Undefined in an impersonation, whose subject did not. */
  declare readonly acr: string | undefined;
  /** Epoch milliseconds. Undefined where `acr` is. */
  declare readonly authenticatedAt: number | undefined;
  /** What a look-alike does not have: only a verifier makes one. */
  readonly #made = true;

  constructor(claims: AccessTokenClaims, revocation: RevocationKnowledge) {
    this.kind = claims.kind;
    this.tokenId = claims.jti;
    this.subject = claims.sub;
    this.actors = actorsOf(claims.act);
    this.clientId = claims.client_id;
    this.audience = claims.aud;
    this.grantId = claims.grant_id;
    this.grantChain = claims.grant_chain ? [...claims.grant_chain] : [];
    this.scopes = claims.scope === '' ? [] : claims.scope.split(' ');
    this.details = claims.authorization_details ? claims.authorization_details.map(copyOf) : [];
    this.entitlement = claims.entitlement;
    this.project = claims.project;
    this.purpose = claims.purpose;
    this.bundleSha256 = claims.bundle;
    this.consent = claims.consent;
    this.maxUses = claims.max_uses;
    this.issuedAt = claims.iat * 1000;
    this.expiresAt = claims.exp * 1000;
    this.revocation = revocation;
    this.confirmation = claims.cnf && { ...claims.cnf };
    this.acr = claims.acr;
    this.authenticatedAt = claims.auth_time === undefined ? undefined : claims.auth_time * 1000;
  }

  static made(value: unknown): value is Verified {
    return typeof value === 'object' && value !== null && #made in value;
  }
}

/** Somebody acts by authority that is lent from its subject. */
export interface VerifiedDelegation extends Verified {
  readonly kind: 'delegation';
}

/** Somebody acts in the subject's name, with their consent. There is always somebody in `actors`. */
export interface VerifiedImpersonation extends Verified {
  readonly kind: 'impersonation';
  readonly actors: readonly [string, ...string[]];
  readonly confirmation: Confirmation;
  readonly consent: string;
}

/** A token whose signature, claims, binding and revocation were checked, and that fits what was asked for. */
export type VerifiedToken = VerifiedDelegation | VerifiedImpersonation;

/** Whether a verifier of this process made it, and not a look-alike. */
export const isVerified = (value: unknown): value is VerifiedToken => Verified.made(value);

/** @param claims verified; `readClaims` has seen to what an impersonation must have */
export function toVerified(claims: AccessTokenClaims, revocation: RevocationKnowledge): VerifiedToken {
  // One class makes both kinds: which members are there follows from the kind.
  return new Verified(claims, revocation) as VerifiedToken;
}

function actorsOf(act: Actor | undefined): string[] {
  const actors: string[] = [];
  for (let link = act; link; link = link.act) actors.push(link.sub);
  return actors;
}

/** With lists of its own; nothing is deeper. */
function copyOf(detail: AuthorizationDetail): AuthorizationDetail {
  const copy = { ...detail };
  if (copy.locations) copy.locations = copy.locations.slice();
  if (copy.actions) copy.actions = copy.actions.slice();
  if (copy.datatypes) copy.datatypes = copy.datatypes.slice();
  if (copy.privileges) copy.privileges = copy.privileges.slice();
  return copy;
}
