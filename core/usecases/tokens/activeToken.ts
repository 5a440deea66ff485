import type { Grant } from '../../grant.ts';
import type { AccessTokenClaims, TokenRecord } from '../../oauth/accessToken.ts';
import { lineageOf } from '../../oauth/accessToken.ts';
import { detailsCover, detailsFor } from '../../oauth/authorizationDetails.ts';
import { scopesFor } from '../../oauth/authority.ts';
import type { OAuthClient } from '../../oauth/client.ts';
import { activeClient } from '../../oauth/client.ts';
import { isSpent } from '../../grant.ts';
import { isLineageLive } from './liveGrant.ts';
import type { PolicyEngine } from '../../ports.ts';
import type { TokenDeps } from './tokenDeps.ts';

/** It decides nothing, so it needs no engine but what is in its bundle. */
export interface ActiveDeps extends Pick<TokenDeps, 'tokens' | 'clock'> {
  readonly engine: Pick<PolicyEngine, 'bundle'>;
}

/** A token that is good at this moment, with what it hangs on. */
export interface ActiveToken {
  readonly claims: AccessTokenClaims;
  readonly token: TokenRecord;
  readonly grant: Grant;
  /** Its grant and the grants above. */
  readonly lineage: readonly Grant[];
}

/**
 * What is known of a token, if it is good now and meant for a server of this client; undefined for anything else, so that
 * nobody learns why (RFC 7662 §2.2).
 *
 * @param claims of a token whose signature, issuer, type and form were verified at the edge
 */
export async function activeToken(
  deps: ActiveDeps,
  client: OAuthClient,
  claims: AccessTokenClaims,
): Promise<ActiveToken | undefined> {
  const { clients, catalogue } = deps.engine.bundle;
  if (!client.serves.includes(claims.aud) || !activeClient(clients, claims.client_id)) return undefined;
  if (claims.exp * 1000 <= deps.clock()) return undefined;
  const { token, grants } = await deps.tokens.tokenState(claims.jti, lineageOf(claims));
  const now = deps.clock();
  const grant = grants.find(({ id }) => id === claims.grant_id);
  if (!grant || !token || token.revokedAt !== undefined || !isLineageLive(grants, grant.id, now)) return undefined;
  if (!catalogue.some(({ id }) => id === grant.request.entitlement)) return undefined;
  const holder = grant.request.client;
  if (holder !== undefined && !activeClient(clients, holder)) return undefined;
  if (token.narrowings !== grant.narrowings || !stillWithin(grant, claims)) return undefined;
  if (claims.max_uses !== undefined && token.uses >= claims.max_uses) return undefined;
  if (grants.some(isSpent)) return undefined;
  return { claims, token, grant, lineage: grants };
}

/** Tokens from before a narrowing are over by their record already; this is what they say themselves. */
function stillWithin(grant: Grant, { aud, scope, authorization_details = [] }: AccessTokenClaims): boolean {
  const scopes = scopesFor(grant.scope, aud);
  return (
    scope
      .split(' ')
      .filter(Boolean)
      .every((name) => scopes.includes(name)) &&
    detailsCover(detailsFor(grant.request.details ?? [], aud), authorization_details)
  );
}
