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

const clientKey = ({ id, authentication }: TokenAsk['client'], sender: string | undefined): string =>
  authentication.method === 'none' && sender !== undefined ? `client#${id}#${sender}` : `client#${id}`;
