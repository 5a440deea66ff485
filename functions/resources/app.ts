import type { ClientAuthenticator } from '../../adapters/oauth/clientAuthentication.ts';
import type { OwnTokens } from '../../adapters/oauth/ownTokens.ts';
import { TokenError } from '../../adapters/oidc/tokenError.ts';
import type { TokenVerifier } from '../../adapters/oidc/verifier.ts';
import { WritError } from '../../core/errors.ts';
import type { AccessTokenClaims } from '../../core/oauth/accessToken.ts';
import type { ActivityStore } from '../../core/oauth/activity.ts';
import { clientOf } from '../../core/oauth/client.ts';
import { OAuthError } from '../../core/oauth/oauthError.ts';
import type { SnapshotStore } from '../../core/oauth/ports.ts';
import type { Caller } from '../../core/usecases/deps.ts';
import type { ConsumeDeps } from '../../core/usecases/tokens/consumeUse.ts';
import { consumeUse } from '../../core/usecases/tokens/consumeUse.ts';
import { SNAPSHOT_SHARED_S } from '../../core/usecases/tokens/publishSnapshot.ts';
import { reportActivity } from '../../core/usecases/tokens/reportActivity.ts';
import { ok, time } from '../shared/answers.ts';
import type { ApiHandler } from '../shared/api.ts';
import { createApi } from '../shared/api.ts';
import type { Log } from '../shared/log.ts';
import { problem } from '../shared/problem.ts';

export interface ResourceDeps extends ConsumeDeps {
  readonly clients: ClientAuthenticator;
  readonly ownTokens: OwnTokens;
  readonly activities: ActivityStore;
  readonly snapshots: Pick<SnapshotStore, 'readSnapshot'>;
  readonly log: Log;
}

/**
 * What resource servers ask and tell. They send `Authorization: Bearer` with a client assertion, or with a token of the
 * workload issuer that they are federated with. It verifies tokens and signs none.
 */
export function createHandler(deps: ResourceDeps): ApiHandler {
  const { log } = deps;

  /** Whoever is let in is an active client; that it serves the token's audience is for the use cases. */
  function serverOf({ principal }: Caller) {
    const client = clientOf(deps.engine.bundle.clients, principal.id);
    if (client) return { client, principal };
    throw new WritError('forbidden', 'only registered clients may ask this');
  }

  async function claimsOf(token: string): Promise<AccessTokenClaims> {
    const claims = await deps.ownTokens.read(token);
    if (claims) return claims;
    throw new WritError('token_not_active', 'the token is not good now, or not for this server');
  }

  return createApi(
    'resources',
    { log, verifier: verifierOf(deps.clients) },
    {
      consumeToken: async ({ caller, body: { token, requestId } }) =>
        ok(await consumeUse(deps, serverOf(caller), await claimsOf(token), requestId)),

      reportActivity: async ({ caller, body: { token, at, ...told } }) => {
        const report = { ...told, ...(at !== undefined && { at: Date.parse(at) }) };
        const activity = await reportActivity(deps, serverOf(caller), await claimsOf(token), report);
        return ok({ id: activity.id, grant: activity.grantId, at: time(activity.at) }, 201);
      },

      getSnapshot: async ({ traceId }) => {
        const snapshot = await deps.snapshots.readSnapshot();
        if (snapshot && deps.clock() < snapshot.expiresAt) {
          return { status: 200, body: snapshot.jwt, cacheControl: `public, max-age=${SNAPSHOT_SHARED_S}` };
        }
        return problem({ code: 'unavailable', detail: 'there is no current snapshot', traceId });
      },
    },
  );
}

/** A client's own credential in the place of a person's token. It is good for as many requests as it lives for. */
const verifierOf = (clients: ClientAuthenticator): Pick<TokenVerifier, 'verify'> => ({
  async verify(token) {
    try {
      const { principal } = await clients.authenticate({ authorization: `Bearer ${token}`, hasSecret: false });
      return { principal, expiresAt: 0 };
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      const isDown = error.code === 'temporarily_unavailable';
      throw new TokenError(isDown ? 'keys_unavailable' : 'client_refused', error.description);
    }
  },
});
