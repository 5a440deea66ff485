import { OAuthError } from './oauthError.ts';
import type { Mark, TokenStore } from './ports.ts';

/** The refusal of what may be presented once, and was. */
export const presentedBefore = (kind: Mark['kind']): OAuthError =>
  kind === 'dpop'
    ? new OAuthError('invalid_dpop_proof', 'the proof was used before: make a new one for each request')
    : new OAuthError('invalid_client', 'the client assertion was used before: make a new one for each request');

/**
 * Marks what was presented with a request that issues nothing. One write each, and before anything is answered.
 *
 * @throws OAuthError `invalid_client`, `invalid_dpop_proof` where it was presented before
 */
export async function presentAll(
  { tokens }: { readonly tokens: Pick<TokenStore, 'presentOnce'> },
  marks: readonly Mark[],
): Promise<void> {
  await Promise.all(
    marks.map(async (mark) => {
      if (!(await tokens.presentOnce(mark))) throw presentedBefore(mark.kind);
    }),
  );
}
