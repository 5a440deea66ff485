import type { Ancestor } from '../../delegation.ts';
import type { TokenKind } from '../../entitlement.ts';
import type { Grant } from '../../grant.ts';
import { filledDetails, detailsCover } from '../../oauth/authorizationDetails.ts';
import { activeClient } from '../../oauth/client.ts';
import { OAuthError } from '../../oauth/oauthError.ts';
import type { Hold } from '../../oauth/ports.ts';
import { settle } from '../../transitions.ts';
import type { Deps } from '../deps.ts';
import { stillLends } from '../stillLends.ts';

/** A grant that lends tokens now. */
export type LiveGrant = Grant & { readonly state: Extract<Grant['state'], { status: 'active' }> };

/**
 * The grant as it is at this moment, if it is live and its entitlement still lends what it has.
 *
 * @throws OAuthError `invalid_grant`, alike for one that does not exist and one that is not the caller's to know
 */
export function liveGrant(
  deps: Pick<Deps, 'clock' | 'engine'>,
  stored: Grant | undefined,
): { grant: LiveGrant; entitlement: TokenKind } {
  if (!stored) throw unknownGrant();
  const grant = settle(stored, deps.clock());
  const { state } = grant;
  if (state.status === 'active' && stored.state.status !== 'active') {
    // Issuing depends on what is stored, and whoever issues tokens moves no grant: the sweeper does, within a minute.
    throw new OAuthError('invalid_grant', 'the grant begins at this moment: try again in a minute');
  }
  if (state.status !== 'active') {
    const waits = state.status === 'pending' || state.status === 'scheduled';
    throw new OAuthError(
      'invalid_grant',
      waits ? 'the grant is not active yet: wait for it' : `the grant is over (${state.status}): make a new request`,
    );
  }
  return { grant: { ...grant, state }, entitlement: lendingEntitlement(deps, grant) };
}

export const unknownGrant = (): OAuthError =>
  new OAuthError('invalid_grant', 'there is no such grant of the subject: name one by grant_id');

/** A changed catalogue and a client that left take effect here. @throws OAuthError `invalid_grant` */
function lendingEntitlement({ engine }: Pick<Deps, 'engine'>, grant: Grant): TokenKind {
  const { catalogue, clients } = engine.bundle;
  const entitlement = catalogue.find(({ id }) => id === grant.request.entitlement);
  if (!entitlement) throw new OAuthError('invalid_grant', 'the entitlement of the grant is no longer offered');
  if (entitlement.kind === 'aws') throw new OAuthError('invalid_grant', 'the grant lends an AWS role, and no tokens');
  const { client, parameters, details = [] } = grant.request;
  if (client !== undefined && !activeClient(clients, client)) {
    throw new OAuthError('invalid_grant', 'the client that holds the grant is no longer registered');
  }
  const offered = entitlement.kind === 'token' ? filledDetails(entitlement.authorizationDetails, parameters) : [];
  if (!stillLends(entitlement, undefined, grant) || !detailsCover(offered, details)) {
    throw new OAuthError('invalid_grant', 'the entitlement lends less now than when the grant was made');
  }
  return entitlement;
}

/** That grant and ancestors are as they were read, for a write that depends on it (I1). */
export const holdsOf = ({ id, version, lineage = [] }: Grant): readonly Hold[] => [
  { grantId: id, at: { version } },
  ...lineage.map(({ grantId, narrowings }: Ancestor) => ({ grantId, at: { narrowings } })),
];

/**
 * Whether the grant and all that it was lent on from are live now, as they were when it was lent.
 *
 * @param grants as stored: of the lineage, in any order
 */
export function isLineageLive(grants: readonly Grant[], grantId: string, now: number): boolean {
  const stored = grants.find(({ id }) => id === grantId);
  if (!stored || settle(stored, now).state.status !== 'active') return false;
  return (stored.lineage ?? []).every(({ grantId: above, narrowings }) => {
    const ancestor = grants.find(({ id }) => id === above);
    return (
      ancestor !== undefined && settle(ancestor, now).state.status === 'active' && ancestor.narrowings === narrowings
    );
  });
}
