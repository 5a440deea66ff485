import type { Domain, Principal, PrincipalId } from '../principal.ts';
import { principalDomain, principalId } from '../principal.ts';

/** A public key as a JWK (RFC 7517). The bundle's loader refuses private members. */
export type PublicJwk = Readonly<Record<string, unknown>> & { readonly kty: string };

/**
 * How a client proves who it is. There are no shared secrets.
 *
 * - `private_key_jwt`: an assertion signed with a key registered here (RFC 7523, OpenID Connect Core §9).
 * - `federated`: a token of a trusted workload issuer, such as a CI system's or one by `sts:GetWebIdentityToken`,
 *   presented as the assertion; it names the one principal that this client is.
 * - `tls_client_auth`: a client certificate that the gateway verified, by its SHA-256 thumbprint (RFC 8705 §2.2).
 * - `none`: a public client, which proves nothing and is bound by its DPoP key alone.
 */
export type ClientAuthentication =
  | { readonly method: 'private_key_jwt'; readonly keys: readonly PublicJwk[] }
  | { readonly method: 'federated'; readonly issuer: string; readonly subject: string }
  | { readonly method: 'tls_client_auth'; readonly thumbprints: readonly string[] }
  | { readonly method: 'none' };

/** How the tokens that a client gets are bound to it. `none`: bearer tokens, where the entitlement has them. */
export const SENDER_CONSTRAINTS = ['dpop', 'mtls', 'none'] as const;
export type SenderConstraint = (typeof SENDER_CONSTRAINTS)[number];

/**
 * An application, registered in the bundle. It has an owner, a date by which that owner looks at it again, and a life
 * cycle: a client that is suspended or gone gets nothing, its tokens are inactive, and its grants end.
 */
export interface OAuthClient {
  /** Its `client_id`. */
  readonly id: string;
  readonly title: string;
  /** The group that answers for it. */
  readonly owner: string;
  readonly project: string;
  readonly status: 'active' | 'suspended';
  /** `YYYY-MM-DD`. */
  readonly reviewBy: string;
  readonly authentication: ClientAuthentication;
  readonly senderConstraint: SenderConstraint;
  /** What its tokens may carry at most. */
  readonly scopes: readonly string[];
  /** Whom its tokens may be for: absolute URIs. */
  readonly audiences: readonly string[];
  /** The audiences that it is the resource server of: it may introspect, consume and report on their tokens. */
  readonly serves: readonly string[];
  /**
   * Client ids at identity providers (`client_id` or `azp` of their access tokens) under which people sign in to it: it
   * may present the tokens that they were given for, and no others.
   */
  readonly signsInAs: readonly string[];
  /** Groups in the domain `workload`, for policy. */
  readonly groups: readonly string[];
  /** Requests a minute at the token endpoint; and, as a resource server, as many uses and reports. */
  readonly ratePerMinute: number;
}

/** The identity domain and the issuer part of principals that are clients without an identity provider. */
export const CLIENT_DOMAIN: Domain = 'workload';
export const CLIENT_ISSUER = 'client';

/** Who the client is, as a principal: where it is federated, whom its identity provider says. */
export function principalOfClient({ id, authentication }: Pick<OAuthClient, 'id' | 'authentication'>): PrincipalId {
  return authentication.method === 'federated'
    ? principalId(CLIENT_DOMAIN, authentication.issuer, authentication.subject)
    : principalId(CLIENT_DOMAIN, CLIENT_ISSUER, id);
}

/** A client without a token of an identity provider: what its registration says, and no sign-in. */
export function clientAsPrincipal(client: OAuthClient): Principal {
  const id = principalOfClient(client);
  const [, issuer = '', ...subject] = id.split(':');
  return {
    id,
    domain: principalDomain(id),
    issuer,
    subject: subject.join(':'),
    person: id,
    groups: client.groups,
    project: client.project,
    authentication: { mfa: false, methods: [] },
  };
}

/** The client of this id, while it lives. */
export const activeClient = (clients: readonly OAuthClient[], id: string): OAuthClient | undefined =>
  clients.find((client) => client.id === id && client.status === 'active');

/** The client that this principal is, while it lives. */
export const clientOf = (clients: readonly OAuthClient[], id: PrincipalId): OAuthClient | undefined =>
  clients.find((client) => client.status === 'active' && principalOfClient(client) === id);
