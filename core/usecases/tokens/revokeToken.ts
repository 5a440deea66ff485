import type { AccessTokenClaims } from '../../oauth/accessToken.ts';
import { OAuthError } from '../../oauth/oauthError.ts';
import type { OAuthClient } from '../../oauth/client.ts';
import type { Principal } from '../../principal.ts';
import { refOf } from '../../principal.ts';
import { endFamily, endToken } from './endTokens.ts';
import type { RefreshMint } from './refreshFamily.ts';
import type { TokenDeps } from './tokenDeps.ts';

type RevokeDeps = Pick<TokenDeps, 'store' | 'tokens' | 'clock' | 'ids' | 'sha256'> & { readonly refresh: RefreshMint };

/**
 * Ends a token of the client's own (RFC 7009): an access token alone, a refresh token with everything that came of it.
 * What is unknown, or over, is no error (§2.2); the hint only says what to look for first, so it is not needed here.
 *
 * @param presented an access token of Writ's whose signature was verified at the edge, else the text as it came
 * @throws OAuthError `unauthorized_client` for a token of another client's, which stays as it is
 */
export async function revokeToken(
  deps: RevokeDeps,
  { client, principal }: { readonly client: OAuthClient; readonly principal: Principal },
  presented: { readonly claims: AccessTokenClaims } | { readonly text: string },
): Promise<void> {
  const by = refOf(principal);
  if ('claims' in presented) {
    const { claims } = presented;
    if (claims.client_id !== client.id) throw another();
    const { token, grants } = await deps.tokens.tokenState(claims.jti, [claims.grant_id]);
    const [grant] = grants;
    if (token && grant) await endToken(deps, grant, token, by);
    return;
  }
  const read = deps.refresh.read(presented.text);
  const family = read && (await deps.tokens.familyById(read.familyId));
  // An id is no secret: only who has the token itself, the one that is good now or the one before, may end the family.
  if (!family || ![family.currentSha256, family.previous?.sha256].includes(read.sha256)) return;
  if (family.clientId !== client.id) throw another();
  await endFamily(deps, family, 'token.revoked', by);
}

const another = (): OAuthError => new OAuthError('unauthorized_client', 'the token was given to another client');
