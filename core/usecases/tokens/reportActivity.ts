import { WritError } from '../../errors.ts';
import { leafOf } from '../../leafOf.ts';
import type { AccessTokenClaims } from '../../oauth/accessToken.ts';
import type { Activity, ActivityStore } from '../../oauth/activity.ts';
import { isOperation } from '../../oauth/activity.ts';
import type { OAuthClient } from '../../oauth/client.ts';
import type { Principal } from '../../principal.ts';
import { refOf } from '../../principal.ts';
import { checkUseRates } from './rateLimits.ts';
import type { TokenDeps } from './tokenDeps.ts';

/** A report may come this much later than its token's end, in milliseconds: work ends, then it is told of. */
const LATE_MS = 3_600_000;

export interface ActivityReport extends Pick<Activity, 'operation' | 'resource' | 'outcome'> {
  readonly requestId: string;
  /** Epoch milliseconds; by default now. */
  readonly at?: number;
}

/**
 * Records what was done under a token: the leaf says which operation with what outcome, the resource's id only as a
 * salted hash; the text is kept beside the grant and erased with it. A report is told once: repeated, it is the same.
 *
 * It is the resource server's word, not Writ's: also what the token did not allow can be reported, as `refused`.
 *
 * @param claims of a token that was verified at the edge, but for its end
 * @throws WritError `token_not_active` for a token of another audience, `invalid_request` for a time out of its life,
 * `too_many_requests`
 */
export async function reportActivity(
  deps: Pick<TokenDeps, 'tokens' | 'clock' | 'ids' | 'sha256'> & { readonly activities: ActivityStore },
  { client, principal }: { readonly client: OAuthClient; readonly principal: Principal },
  claims: AccessTokenClaims,
  report: ActivityReport,
): Promise<Activity> {
  const now = deps.clock();
  const [{ token, grants }] = await Promise.all([
    deps.tokens.tokenState(claims.jti, [claims.grant_id]),
    checkUseRates(deps, client, claims),
  ]);
  const [grant] = grants;
  if (!client.serves.includes(claims.aud) || !token || !grant || now > claims.exp * 1000 + LATE_MS) {
    throw new WritError('token_not_active', 'the token is not one for this server, or was over long ago');
  }
  const at = report.at ?? now;
  if (at < claims.iat * 1000 || at > now) {
    throw new WritError('invalid_request', '`at` lies outside the token’s life', { remediation: 'Leave it out.' });
  }
  if (!isOperation(report.operation)) throw new WritError('invalid_request', '`operation` is no operation');
  const requestSha256 = deps.sha256(`${client.id}|${claims.jti}|${report.requestId}`);
  const leaf = leafOf(deps, grant, {
    type: 'activity.reported',
    role: 'event',
    at: now,
    by: refOf(principal),
    facts: {
      token: claims.jti,
      server: client.id,
      operation: report.operation,
      outcome: report.outcome,
      resourceSha256: deps.sha256(`${grant.salt}|${report.resource}`),
      doneAt: at,
    },
  });
  const { operation, resource, outcome } = report;
  const activity = {
    id: leaf.id,
    grantId: grant.id,
    jti: claims.jti,
    server: client.id,
    operation,
    resource,
    outcome,
    at,
  };
  return deps.activities.record({ activity, requestSha256, leaf });
}
