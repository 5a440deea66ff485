import * as client from 'openid-client';
import type { SignInIssuer, TokenAnswer } from './oidc.ts';
import { authorizationParameters, discover, orFail } from './oidc.ts';

/** The device flow (RFC 8628): for machines without a browser. */
export async function signInByDevice(issuer: SignInIssuer, note: (text: string) => void): Promise<TokenAnswer> {
  const configuration = await discover(issuer.issuer, issuer.clientId);
  return orFail(async () => {
    const started = await client.initiateDeviceAuthorization(configuration, authorizationParameters(issuer));
    note(`On any device, open  ${started.verification_uri}`);
    note(`and enter the code   ${started.user_code}`);
    return client.pollDeviceAuthorizationGrant(configuration, started);
  });
}
