import type { ClientAuthenticator } from '../../adapters/oauth/clientAuthentication.ts';
import type { OwnTokens } from '../../adapters/oauth/ownTokens.ts';
import { lookUpForm } from '../../contract/oauth.ts';
import { presentAll } from '../../core/oauth/presentedBefore.ts';
import type { RefreshMint } from '../../core/usecases/tokens/refreshFamily.ts';
import { revokeToken } from '../../core/usecases/tokens/revokeToken.ts';
import type { TokenDeps } from '../../core/usecases/tokens/tokenDeps.ts';
import { checkForm } from '../shared/form.ts';
import type { OAuthAnswer, OAuthRequest } from '../shared/oauthEndpoint.ts';
import { senderOf, withoutSecret } from './sender.ts';

export interface RevokeDeps extends Pick<TokenDeps, 'store' | 'tokens' | 'clock' | 'ids' | 'sha256'> {
  readonly refresh: RefreshMint;
  readonly clients: ClientAuthenticator;
  readonly ownTokens: OwnTokens;
}

/**
 * `POST /oauth2/revoke` (RFC 7009): a client gives up a token of its own. The hint is not needed: a token says what it
 * is, so a wrong one misleads nobody. What is unknown is gone already.
 *
 * @throws OAuthError `invalid_client`, `invalid_request`, `unauthorized_client` for another client's token
 */
export async function revoke(deps: RevokeDeps, { event, fields }: OAuthRequest): Promise<OAuthAnswer> {
  const form = checkForm(lookUpForm, withoutSecret(fields), []);
  const sender = await senderOf(deps.clients, event, fields, form, { bearer: false });
  await presentAll(deps, sender.marks);
  const claims = await deps.ownTokens.read(form.token);
  await revokeToken(deps, sender, claims ? { claims } : { text: form.token });
  return { body: '{}' };
}
