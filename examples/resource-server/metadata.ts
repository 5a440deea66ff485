/** RFC 9728 §3.1: for a resource without a path. */
export const METADATA_PATH = '/.well-known/oauth-protected-resource';

export interface ServiceNames {
  /** Who issues the tokens that are taken: Writ's public URL. */
  readonly issuer: string;
  /** Who this is, exactly as in `aud`. */
  readonly audience: string;
}

/**
 * Protected resource metadata (RFC 9728 §2): a client that was refused finds here which authorization server to ask, and
 * what tokens have to look like.
 */
export const resourceMetadata = ({ issuer, audience }: ServiceNames, scopes: readonly string[]): object => ({
  resource: audience,
  resource_name: 'Support service (example)',
  authorization_servers: [issuer],
  scopes_supported: scopes,
  bearer_methods_supported: ['header'],
  dpop_signing_alg_values_supported: ['ES256', 'EdDSA', 'PS256', 'RS256'],
  // Impersonations are bound to a key always.
  dpop_bound_access_tokens_required: true,
});
