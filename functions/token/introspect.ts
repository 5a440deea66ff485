import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { ClientAuthenticator } from '../../adapters/oauth/clientAuthentication.ts';
import type { OwnTokens } from '../../adapters/oauth/ownTokens.ts';
import { lookUpForm } from '../../contract/oauth.ts';
import type { AccessTokenClaims } from '../../core/oauth/accessToken.ts';
import { OAuthError } from '../../core/oauth/oauthError.ts';
import { presentAll } from '../../core/oauth/presentedBefore.ts';
import type { ActiveDeps } from '../../core/usecases/tokens/activeToken.ts';
import { activeToken } from '../../core/usecases/tokens/activeToken.ts';
import { checkRates } from '../../core/usecases/tokens/rateLimits.ts';
import type { TokenDeps } from '../../core/usecases/tokens/tokenDeps.ts';
import { checkForm } from '../shared/form.ts';
import type { OAuthAnswer, OAuthRequest } from '../shared/oauthEndpoint.ts';
import { senderOf, withoutSecret } from './sender.ts';

export interface IntrospectDeps extends ActiveDeps, Pick<TokenDeps, 'signer' | 'issuerUrl'> {
  readonly clients: ClientAuthenticator;
  readonly ownTokens: OwnTokens;
}

/** What says that an answer is wanted as a signed JWT (RFC 9701 §4). */
const SIGNED_TYPE = 'application/token-introspection+jwt';

/**
 * `POST /oauth2/introspect` (RFC 7662): whether a token is good now, for a server of its audience that proved who it is.
 * Whatever else there is to say of a token is `{"active":false}`, so that nobody learns why.
 *
 * @throws OAuthError `invalid_client`, `invalid_request`, `slow_down` for signed answers
 */
export async function introspect(deps: IntrospectDeps, { event, fields }: OAuthRequest): Promise<OAuthAnswer> {
  const form = checkForm(lookUpForm, withoutSecret(fields), []);
  const { client, marks } = await senderOf(deps.clients, event, fields, form, { bearer: true });
  // RFC 7662 §2.1: or anybody could try out tokens that they found.
  if (client.authentication.method === 'none') {
    throw new OAuthError('invalid_client', 'introspection is for clients that prove who they are');
  }
  const signed = wantsSigned(event);
  // Signing has a quota, which tokens need too.
  if (signed) await checkRates(deps, { client }, undefined);
  const claims = await deps.ownTokens.read(form.token);
  // An assertion in the form is good once (RFC 7523 §3); its mark is written while the token's state is read.
  const [active] = await Promise.all([
    claims && activeToken(deps, client, claims),
    presentAll(deps, form.client_assertion === undefined ? [] : marks),
  ]);
  const answer = active ? { active: true, ...told(active.claims) } : { active: false };
  if (!signed) return { body: JSON.stringify(answer) };
  const iat = Math.floor(deps.clock() / 1000);
  return {
    contentType: SIGNED_TYPE,
    body: await deps.signer.sign('token-introspection+jwt', {
      iss: deps.issuerUrl,
      aud: client.id,
      iat,
      token_introspection: answer,
    }),
  };
}

/** RFC 7662 §2.2, with the claims that resource servers decide by. Named one by one: a new claim is not told by itself. */
const told = (claims: AccessTokenClaims) => ({
  iss: claims.iss,
  sub: claims.sub,
  aud: claims.aud,
  client_id: claims.client_id,
  iat: claims.iat,
  exp: claims.exp,
  jti: claims.jti,
  scope: claims.scope,
  token_type: claims.cnf && 'jkt' in claims.cnf ? 'DPoP' : 'Bearer',
  authorization_details: claims.authorization_details,
  act: claims.act,
  cnf: claims.cnf,
  acr: claims.acr,
  auth_time: claims.auth_time,
  kind: claims.kind,
  grant_id: claims.grant_id,
  grant_chain: claims.grant_chain,
  entitlement: claims.entitlement,
  project: claims.project,
  purpose: claims.purpose,
  bundle: claims.bundle,
  consent: claims.consent,
  max_uses: claims.max_uses,
  source: claims.source,
  region: claims.region,
});

/** Who takes anything, as most libraries say by default, gets JSON. */
const wantsSigned = ({ multiValueHeaders }: APIGatewayProxyEvent): boolean =>
  Object.entries(multiValueHeaders)
    .filter(([name]) => name.toLowerCase() === 'accept')
    .flatMap(([, values]) => values ?? [])
    .flatMap((value) => value.split(','))
    .some((range) => range.split(';')[0]?.trim().toLowerCase() === SIGNED_TYPE);
