import { OAuthError } from '../../oauth/oauthError.ts';
import { refOf } from '../../principal.ts';
import { decideToken } from './carriers.ts';
import { liveGrant, unknownGrant } from './liveGrant.ts';
import { mintToken } from './mintToken.ts';
import type { RefreshMint } from './refreshFamily.ts';
import { beginFamily } from './refreshFamily.ts';
import { checkRates } from './rateLimits.ts';
import { standingOf, strengthOf } from './standing.ts';
import type { IssuedToken, TokenAsk, TokenDeps } from './tokenDeps.ts';

/**
 * A token for a client that holds the grant itself (RFC 6749 §4.4), or to which one was lent on: then the token says for
 * whom it acts.
 *
 * @throws OAuthError as `mintToken`, and `access_denied`, `slow_down`, `unauthorized_client` for a public client
 */
export async function clientCredentials(
  deps: TokenDeps & { readonly refresh: RefreshMint },
  ask: TokenAsk,
  grantId: string,
): Promise<IssuedToken> {
  const { client, clientPrincipal } = ask;
  if (client.authentication.method === 'none') {
    throw new OAuthError('unauthorized_client', 'a public client acts for people: exchange a subject token instead');
  }
  const [stored] = await Promise.all([deps.store.get(grantId), checkRates(deps, ask, clientPrincipal.id)]);
  if (stored?.request.requester.id !== clientPrincipal.id) throw unknownGrant();
  const { grant, entitlement } = liveGrant(deps, stored);
  if (entitlement.kind === 'impersonation') {
    throw new OAuthError('invalid_grant', 'to act for somebody, exchange the token of the person who does');
  }
  const lentOn = grant.lineage !== undefined;
  const parties = lentOn ? { carriers: [clientPrincipal] } : { holder: clientPrincipal, carriers: [] };
  await decideToken(deps, grant, entitlement, parties, ask.sourceIp);
  const { sub, act } = standingOf(grant, []);
  return mintToken(deps, {
    ask,
    grant,
    entitlement,
    sub,
    ...(act && { act }),
    bounds: [],
    notAfter: Number.POSITIVE_INFINITY,
    strength: strengthOf(clientPrincipal),
    by: refOf(clientPrincipal),
    ...beginFamily(deps, ask, grant, entitlement, { principal: clientPrincipal, sub, act }),
  });
}
