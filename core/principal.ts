/**
 * Who acts. Identity domains are apart: a principal belongs to exactly one, and its id starts with it, so that two
 * domains can never name the same principal.
 */
export const DOMAINS = ['admin', 'support', 'customer', 'partner', 'workload'] as const;
export type Domain = (typeof DOMAINS)[number];

/** How, and when, the principal signed in, as its identity provider states it. */
export interface Authentication {
  readonly mfa: boolean;
  /** RFC 8176 `amr` values. */
  readonly methods: readonly string[];
  /** Proved by a registered hardware key instead of the identity provider's word: for break-glass alone. */
  readonly sealedKey?: string;
  /** Epoch milliseconds of the sign-in (`auth_time`); absent when the provider does not say. */
  readonly at?: number;
}

/** A verified caller: only a token verifier makes one. */
export interface Principal {
  readonly id: PrincipalId;
  readonly domain: Domain;
  /** Id of the trusted issuer in the bundle, not its URL. */
  readonly issuer: string;
  readonly subject: string;
  /** The human being behind the account: two accounts of one person share it. */
  readonly person: string;
  readonly groups: readonly string[];
  readonly project: string;
  readonly email?: string;
  /** Who acts with this token for its subject (RFC 8693 `act`), outermost first; absent when the subject acts itself. */
  readonly actors?: readonly PrincipalRef[];
  readonly authentication: Authentication;
}

export type PrincipalId = string & { readonly __brand: 'PrincipalId' };

/** `<domain>:<issuer id>:<subject>`: injective, since neither a domain nor an issuer id holds a colon. */
export function principalId(domain: Domain, issuer: string, subject: string): PrincipalId {
  if (issuer.includes(':')) throw new TypeError('an issuer id may not hold a colon');
  return `${domain}:${issuer}:${subject}` as PrincipalId;
}

/** What a grant keeps of the person who asked: enough to decide again, nothing that ages badly. */
export interface PrincipalRef {
  readonly id: PrincipalId;
  readonly domain: Domain;
  readonly subject: string;
  readonly person: string;
}

export function refOf(principal: Principal): PrincipalRef {
  return { id: principal.id, domain: principal.domain, subject: principal.subject, person: principal.person };
}

/** Writ itself, where time or the sweeper and not a person makes a grant move. */
export const SYSTEM: PrincipalRef = {
  id: 'workload:writ:system' as PrincipalId,
  domain: 'workload',
  subject: 'system',
  person: 'writ',
};

/** The domain that an id begins with. */
export const principalDomain = (id: PrincipalId): Domain => id.slice(0, id.indexOf(':')) as Domain;
