import type { ClientAuthenticator } from '../../adapters/oauth/clientAuthentication.ts';
import type { PresentedTokens } from '../../adapters/oauth/presentedToken.ts';
import type { TokenAnswer } from '../../contract/oauth.ts';
import { REPEATABLE, TOKEN_TYPES, tokenForm } from '../../contract/oauth.ts';
import { clientCredentials } from '../../core/usecases/tokens/clientCredentials.ts';
import { exchangeToken } from '../../core/usecases/tokens/exchangeToken.ts';
import type { RefreshMint } from '../../core/usecases/tokens/refreshFamily.ts';
import { refreshToken } from '../../core/usecases/tokens/refreshToken.ts';
import type { IssuedToken, TokenAsk, TokenDeps } from '../../core/usecases/tokens/tokenDeps.ts';
import { canonicalAddress } from '../../tokens/sourceBinding.ts';
import { checkForm } from '../shared/form.ts';
import type { OAuthAnswer, OAuthRequest } from '../shared/oauthEndpoint.ts';
import type { ProofDeps } from './proofs.ts';
import { readProofs } from './proofs.ts';
import { senderOf, withoutSecret } from './sender.ts';
import type { TokenRequest } from './tokenRequest.ts';
import { requestOf, wishOf } from './tokenRequest.ts';

export interface IssueDeps extends TokenDeps, ProofDeps {
  readonly refresh: RefreshMint;
  readonly clients: ClientAuthenticator;
  readonly presented: PresentedTokens;
}

/**
 * `POST /oauth2/token`: who asks, what they prove, what they ask for; the rest is the use cases'.
 *
 * @throws OAuthError and whatever stores, signer and issuers reject with
 */
export async function issue(deps: IssueDeps, { event, fields }: OAuthRequest): Promise<OAuthAnswer> {
  const form = checkForm(tokenForm, withoutSecret(fields), REPEATABLE);
  const { client, principal, marks } = await senderOf(deps.clients, event, fields, form, { bearer: false });
  const request = requestOf(form);
  const wish = wishOf(form);
  const proofs = await readProofs(deps, {
    event,
    client,
    subjectToken: form.subject_token,
    subjectDpop: form.subject_dpop,
  });
  const { sourceIp } = event.requestContext.identity;
  const ask: TokenAsk = {
    client,
    clientPrincipal: principal,
    wish,
    ...(proofs.confirmation && { confirmation: proofs.confirmation }),
    marks: [...marks, ...proofs.marks],
    // As verifiers spell it: a token may be bound to it.
    sourceIp: canonicalAddress(sourceIp) ?? sourceIp,
  };
  const issued = await byGrantType(deps, ask, request, proofs.subjectKey);
  return { body: JSON.stringify(answerOf(issued, request)) };
}

async function byGrantType(
  deps: IssueDeps,
  ask: TokenAsk,
  request: TokenRequest,
  subjectKey: string | undefined,
): Promise<IssuedToken> {
  switch (request.by) {
    case 'client':
      return clientCredentials(deps, ask, request.grantId);
    case 'refresh':
      return refreshToken(deps, ask, request.refreshToken);
    case 'exchange': {
      const { grantId, subject, actor } = request;
      const [read, acting] = await Promise.all([
        deps.presented.read(subject.token, subject.type),
        actor && deps.presented.read(actor.token, actor.type),
      ]);
      return exchangeToken(deps, {
        ...ask,
        grantId,
        subject: read,
        ...(acting && { actor: acting }),
        ...(subjectKey !== undefined && { subjectKey }),
      });
    }
  }
}

/** RFC 6749 §5.1, RFC 8693 §2.2.1, RFC 9396 §7. The scope is always said: it may be less than was asked for. */
const answerOf = (issued: IssuedToken, { by }: TokenRequest): TokenAnswer => ({
  access_token: issued.accessToken,
  ...(by === 'exchange' && { issued_token_type: TOKEN_TYPES.access }),
  token_type: issued.bound === 'dpop' ? 'DPoP' : 'Bearer',
  expires_in: issued.expiresInSeconds,
  scope: issued.scopes.join(' '),
  ...(issued.details.length > 0 && { authorization_details: issued.details.map((detail) => ({ ...detail })) }),
  ...(issued.refreshToken !== undefined && { refresh_token: issued.refreshToken }),
});
