import { OAuthError } from '../../oauth/oauthError.ts';
import type { PrincipalId } from '../../principal.ts';
import type { TokenAsk, TokenDeps } from './tokenDeps.ts';

/** Tokens a minute in one holder's name, through whatever clients. */
export const HOLDER_RATE_PER_MINUTE = 120;

/**
 * Counts the request against its client and its holder. Fixed minutes: a limit is kept to within a factor of two over any
 * minute that straddles them.
 *
 * @throws OAuthError `slow_down`
 */
export async function checkRates(
  deps: Pick<TokenDeps, 'tokens' | 'clock'>,
  { client }: Pick<TokenAsk, 'client'>,
  holder: PrincipalId | undefined,
): Promise<void> {
  const now = deps.clock();
  const [ofClient, ofHolder] = await Promise.all([
    deps.tokens.countRequest(`client#${client.id}`, now),
    holder === undefined ? 0 : deps.tokens.countRequest(`holder#${holder}`, now),
  ]);
  if (ofClient > client.ratePerMinute || ofHolder > HOLDER_RATE_PER_MINUTE) {
    throw new OAuthError('slow_down', 'too many tokens were asked for in this minute: wait for the next one');
  }
}
