import { TOKEN_ROUTES } from '../../contract/routes/token.ts';
import type { Log } from '../shared/log.ts';
import type { OAuthHandler } from '../shared/oauthEndpoint.ts';
import { createOAuthEdge } from '../shared/oauthEndpoint.ts';
import type { IntrospectDeps } from './introspect.ts';
import { introspect } from './introspect.ts';
import type { IssueDeps } from './issue.ts';
import { issue } from './issue.ts';
import type { RevokeDeps } from './revoke.ts';
import { revoke } from './revoke.ts';

export type TokenEndpointDeps = IssueDeps & IntrospectDeps & RevokeDeps & { readonly log: Log };

/** The authorization server: the one function that signs delegation tokens. It moves no grant. */
export function createHandler(deps: TokenEndpointDeps): OAuthHandler {
  const nonce = async () => (await deps.nonces()).current;
  return createOAuthEdge(
    { log: deps.log, nonce },
    {
      [TOKEN_ROUTES.issueToken.path]: { route: 'issueToken', answer: (request) => issue(deps, request) },
      [TOKEN_ROUTES.introspectToken.path]: { route: 'introspectToken', answer: (request) => introspect(deps, request) },
      [TOKEN_ROUTES.revokeToken.path]: { route: 'revokeToken', answer: (request) => revoke(deps, request) },
    },
  );
}
