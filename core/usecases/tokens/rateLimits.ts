import { WritError } from '../../errors.ts';
import type { AccessTokenClaims } from '../../oauth/accessToken.ts';
import type { OAuthClient } from '../../oauth/client.ts';
import { OAuthError } from '../../oauth/oauthError.ts';
import type { PrincipalId } from '../../principal.ts';
import type { TokenAsk, TokenDeps } from './tokenDeps.ts';

/** Tokens a minute in one holder's name, through whatever clients. */
export const HOLDER_RATE_PER_MINUTE = 120;

/**
 * Counts the request against its client and its holder. Fixed minutes: a limit is kept to within a factor of two over any
 * minute that straddles them.
 *
 * A public client is whoever says its name, so what one person sends in it is not counted against the others.
 *
 * @param sender what tells senders in a public client apart, and was proven: by default the holder
 * @throws OAuthError `slow_down`
 */
export async function checkRates(
  deps: Pick<TokenDeps, 'tokens' | 'clock'>,
  { client }: Pick<TokenAsk, 'client'>,
  holder: PrincipalId | undefined,
  sender: string | undefined = holder,
): Promise<void> {
  const now = deps.clock();
  const [ofClient, ofHolder] = await Promise.all([
    deps.tokens.countRequest(clientKey(client, sender), now),
    holder === undefined ? 0 : deps.tokens.countRequest(`holder#${holder}`, now),
  ]);
  if (ofClient > client.ratePerMinute || ofHolder > HOLDER_RATE_PER_MINUTE) {
    throw new OAuthError('slow_down', 'too many tokens were asked for in this minute: wait for the next one');
  }
}

/** Uses and reports a minute under one holder's authority, through whatever servers. */
export const HOLDER_USES_PER_MINUTE = 600;

/**
 * Counts what a resource server tells of a token against the server, and against whose authority the token carries. Counters
 * of their own: neither takes anything from the token endpoint.
 *
 * @param claims of a token that was verified at the edge; of another server's, nothing is counted against its holder
 * @throws WritError `too_many_requests`
 */
export async function checkUseRates(
  deps: Pick<TokenDeps, 'tokens' | 'clock'>,
  client: OAuthClient,
  claims: Pick<AccessTokenClaims, 'sub' | 'aud'>,
): Promise<void> {
  const now = deps.clock();
  const [ofServer, ofHolder] = await Promise.all([
    deps.tokens.countRequest(`server#${client.id}`, now),
    client.serves.includes(claims.aud) ? deps.tokens.countRequest(`uses#${claims.sub}`, now) : 0,
  ]);
  if (ofServer > client.ratePerMinute || ofHolder > HOLDER_USES_PER_MINUTE) {
    throw new WritError('too_many_requests', 'too much was told in this minute of this server, or of this holder', {
      remediation: 'Do nothing with the token now. Wait for the next minute, then repeat with the same `requestId`.',
    });
  }
}

const clientKey = ({ id, authentication }: TokenAsk['client'], sender: string | undefined): string =>
  authentication.method === 'none' && sender !== undefined ? `client#${id}#${sender}` : `client#${id}`;
