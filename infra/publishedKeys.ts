import type { OAuthClient } from '../core/oauth/client.ts';

/** Names of keys whose private halves are in this repository begin so (`local/samples/clientKeys.json`). */
const PUBLISHED = /^local-/;

/** The first client that anyone could sign as, because the sample bundle says how. */
export const clientWithPublishedKey = (clients: readonly OAuthClient[]): OAuthClient | undefined =>
  clients.find(
    ({ authentication }) =>
      authentication.method === 'private_key_jwt' &&
      authentication.keys.some(({ kid }) => typeof kid === 'string' && PUBLISHED.test(kid)),
  );
