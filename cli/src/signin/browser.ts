import * as client from 'openid-client';
import type { Host } from '../host.ts';
import { failed } from './failed.ts';
import { receiveOnLoopback } from './loopback.ts';
import type { SignInIssuer, TokenAnswer } from './oidc.ts';
import { authorizationParameters, discover, orFail } from './oidc.ts';

const PATIENCE_MS = 5 * 60_000;

/**
 * Authorization code with PKCE (RFC 7636), `state` and `nonce`, by the system's browser (RFC 8252). With `again` the
 * issuer must ask the person anew, with what factors it has, also when its own session is still open.
 */
export async function signInByBrowser(
  host: Pick<Host, 'openUrl' | 'sleep'>,
  issuer: SignInIssuer,
  { again, note }: { readonly again: boolean; readonly note: (text: string) => void },
): Promise<TokenAnswer> {
  const configuration = await discover(issuer.issuer, issuer.clientId);
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const nonce = client.randomNonce();
  const waiting = new AbortController();
  const receiver = await receiveOnLoopback(state);
  try {
    const url = client.buildAuthorizationUrl(configuration, {
      ...authorizationParameters(issuer),
      redirect_uri: receiver.redirectUri,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      ...(again && { prompt: 'login' }),
    });
    const opened = await host.openUrl(url.href);
    note(opened ? 'Sign in in the browser that has opened. If none did, open:' : 'Open this in a browser to sign in:');
    note(`  ${url.href}`);
    const response = await Promise.race([receiver.response, host.sleep(PATIENCE_MS, waiting.signal)]);
    if (!response) throw failed('nobody signed in within five minutes');
    return await orFail(() =>
      client.authorizationCodeGrant(configuration, response, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      }),
    );
  } finally {
    waiting.abort(); // else the clock would hold the process for five minutes
    receiver.close();
  }
}
