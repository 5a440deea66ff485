import { ASSERTION_TYPE, GRANT_TYPES } from './oauth.ts';

/** Where things are, below the issuer. */
export const OAUTH_PATHS = {
  token: '/oauth2/token',
  introspect: '/oauth2/introspect',
  revoke: '/oauth2/revoke',
  jwks: '/.well-known/jwks.json',
  snapshot: '/v1/revocations/snapshot',
  snapshotJwks: '/.well-known/snapshot-jwks.json',
  metadata: '/.well-known/oauth-authorization-server',
} as const;

/** Algorithms that client assertions and DPoP proofs may be signed with. `Ed25519` is EdDSA by its newer name (RFC 9864). */
export const ASSERTION_ALGORITHMS = ['ES256', 'Ed25519', 'EdDSA', 'PS256', 'RS256'] as const;
export const DPOP_ALGORITHMS = ['ES256', 'Ed25519', 'EdDSA', 'PS256', 'RS256'] as const;

/** How a client may prove who it is, by the names of the OAuth registry. A federated assertion is a JWT too. */
const AUTHENTICATION_METHODS = ['private_key_jwt', 'tls_client_auth', 'none'] as const;

/**
 * Authorization server metadata (RFC 8414 §2). Everything that it advertises is exercised by a test; what Writ has not
 * is left out, an empty list too: it has no authorization endpoint, so no response types.
 *
 * @param issuer the public base URL, without a trailing slash: exactly the tokens' `iss`
 * @param details the authorization details types of the catalogue
 */
export function authorizationServerMetadata(
  issuer: string,
  { scopes, details }: { readonly scopes: readonly string[]; readonly details: readonly string[] },
): object {
  return {
    issuer,
    token_endpoint: `${issuer}${OAUTH_PATHS.token}`,
    jwks_uri: `${issuer}${OAUTH_PATHS.jwks}`,
    introspection_endpoint: `${issuer}${OAUTH_PATHS.introspect}`,
    revocation_endpoint: `${issuer}${OAUTH_PATHS.revoke}`,
    service_documentation: `${issuer}/openapi.json`,
    grant_types_supported: Object.values(GRANT_TYPES),
    ...(scopes.length > 0 && { scopes_supported: scopes }),
    ...(details.length > 0 && { authorization_details_types_supported: details }),
    token_endpoint_auth_methods_supported: AUTHENTICATION_METHODS,
    token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    introspection_endpoint_auth_methods_supported: AUTHENTICATION_METHODS.filter((method) => method !== 'none'),
    introspection_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    introspection_signing_alg_values_supported: ['ES256'],
    revocation_endpoint_auth_methods_supported: AUTHENTICATION_METHODS,
    revocation_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
    tls_client_certificate_bound_access_tokens: true,
    client_assertion_types_supported: [ASSERTION_TYPE],
    status_list_aggregation_endpoint: `${issuer}${OAUTH_PATHS.snapshot}`,
    writ_snapshot_jwks_uri: `${issuer}${OAUTH_PATHS.snapshotJwks}`,
  };
}
